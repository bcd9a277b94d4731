package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command that asks the daemon has: where it is, and how answers are shown. */
@Command(mixinStandardHelpOptions = true, versionProvider = GantryCommand.VersionText.class)
abstract class Asking implements Callable<Integer> {
  enum Form {
    table,
    json,
    yaml
  }

  @Mixin private Where where = new Where();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private Form form = Form.table;

  @Spec private CommandSpec spec;

  private final Clock clock = Clock.systemUTC();

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  Asking() {}

  private int exitCode;

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
    var terminal = Optional.ofNullable(System.console()).filter(it -> it.isTerminal()).isPresent();
    return new Console(spec.commandLine().getOut(), terminal && System.getenv("NO_COLOR") == null);
  }

  Clock clock() {
    return clock;
  }

  RuntimeException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Shows {@code answer} in the form that was asked for; {@code rows} is the table of it. */
  void show(Console console, JsonNode answer, List<String> head, List<List<String>> rows) {
    if (!shown(console, answer)) {
      console.table(head, rows);
    }
  }

  /** Whether it was shown as a document. */
  boolean shown(Console console, JsonNode answer) {
    if (form == Form.table) {
      return false;
    }
    console.line(form == Form.yaml ? Documents.yaml(answer) : Documents.json(answer));
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
