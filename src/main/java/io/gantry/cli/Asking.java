package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What every command that asks the daemon has: where it is, and how answers are shown. */
abstract class Asking implements Callable<Integer> {
  enum Form {
    table,
    json,
    yaml
  }

  /** What it takes; those below add theirs. */
  final Signature takes;

  private final Where where;
  private final Given<Form> form;
  private final Clock clock = Clock.systemUTC();
  private int exitCode;

  @SuppressWarnings("this-escape") // it is run when it has been made
  Asking(String name, String... description) {
    takes = new Signature(this, name, description);
    where = new Where(takes);
    form =
        takes.option(
            "-o, --output=FORM",
            Form.class,
            Form.table,
            "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}");
  }

  /** How picocli knows it; asked for once. */
  final CommandSpec command() {
    return takes.whole();
  }

  abstract void run(RestClient daemon, Console console);

  @Override
  public final Integer call() {
    run(new RestClient(where.route()), console());
    return exitCode;
  }

  /** Ends with another exit code than that of success. */
  final void endWith(int code) {
    exitCode = code;
  }

  private Console console() {
    var coloured = System.getenv("NO_COLOR") == null && atTerminal();
    return new Console(takes.spec().commandLine().getOut(), coloured);
  }

  /** The launcher's shell knows, and the JVM would look for makers of consoles first. */
  private static boolean atTerminal() {
    var told = System.getProperty("gantry.terminal");
    return told == null
        ? Optional.ofNullable(System.console()).filter(it -> it.isTerminal()).isPresent()
        : told.equals("yes");
  }

  Clock clock() {
    return clock;
  }

  RuntimeException wrongUsage(String message) {
    return new ParameterException(takes.spec().commandLine(), message);
  }

  /** Shows {@code answer} in the form that was asked for; {@code rows} is the table of it. */
  void show(Console console, JsonNode answer, List<String> head, List<List<String>> rows) {
    if (!shown(console, answer)) {
      console.table(head, rows);
    }
  }

  /** Whether it was shown as a document. */
  boolean shown(Console console, JsonNode answer) {
    if (form.get() == Form.table) {
      return false;
    }
    console.line(form.get() == Form.yaml ? Documents.yaml(answer) : Documents.json(answer));
    return true;
  }

  /** The one container, sandbox or image that a name or the beginning of an id stands for. */
  static String found(JsonNode all, String what, String name, List<String> fields) {
    for (var one : all) {
      if (fields.stream().anyMatch(field -> one.path(field).asText().equals(name))) {
        return one.path("id").asText(); // lists begin with the newest
      }
    }
    var matches = new ArrayList<String>();
    for (var one : all) {
      var id = one.path("id").asText();
      if (id.startsWith(name) || id.startsWith("sha256:" + name)) {
        matches.add(id);
      }
    }
    if (matches.size() == 1) {
      return matches.getFirst();
    }
    throw new Refused(
        Refused.NO,
        what
            + ": '"
            + name
            + "' "
            + (matches.isEmpty() ? "is not here" : "is the beginning of several ids")
            + " (expected: a name, or the beginning of one id)");
  }
}
