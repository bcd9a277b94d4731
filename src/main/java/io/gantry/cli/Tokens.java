package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/** {@code gantry token}: who may come in over TCP. */
final class Tokens {
  /** The command that the others belong to. */
  private static final Object GROUP = new Object();

  private Tokens() {}

  /** The group with its commands, which are not run without one. */
  static CommandSpec group() {
    var token =
        new Signature(
            GROUP,
            "token",
            "Makes, lists and revokes tokens for the REST API over TCP (api.listen).");
    token.takes(List.of(new Create().command(), new Listing().command(), new Revoke().command()));
    return token.whole();
  }

  static final class Create extends Asking {
    private static final Pattern SPAN = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

    private final Given<String> name =
        takes.parameter("NAME", "Whom it is for; the audit log shows it.");

    private final Given<String> role =
        takes.option("--role=<role>", "view", "view, operate or admin. Default: ${DEFAULT-VALUE}");

    private final Given<String> expires =
        takes.option(
            "--expires=SPAN",
            "After so many s, m, h or d, such as 30d. Default: when it is revoked.");

    Create() {
      super("create", "Makes a token and prints its text, which is told this once.");
      takes.footer("", "Example: gantry token create dashboard --role view --expires 30d");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var body = Trees.MAKE.objectNode().put("name", name.get()).put("role", role.get());
      if (!expires.get().isEmpty()) {
        body.put("expiresSeconds", seconds());
      }
      var made = daemon.post("/tokens", body);
      if (!shown(console, made)) {
        console.line(made.path("text").asText());
      }
    }

    private long seconds() {
      var span = SPAN.matcher(expires.get());
      if (!span.matches()) {
        throw wrongUsage(
            "--expires: '" + expires.get() + "' (expected: such as 90s, 10m, 12h or 30d)");
      }
      return Long.parseLong(span.group(1))
          * switch (span.group(2)) {
            case "s" -> 1;
            case "m" -> 60;
            case "h" -> 3600;
            default -> 86_400;
          };
    }
  }

  static final class Listing extends Asking {
    Listing() {
      super("list", "Lists tokens, without their texts.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var all = daemon.get("/tokens");
      var rows = new ArrayList<List<String>>();
      all.forEach(it -> rows.add(row(it)));
      show(console, all, List.of("ID", "NAME", "ROLE", "CREATED", "EXPIRES"), rows);
    }

    private static List<String> row(JsonNode token) {
      return List.of(
          token.path("id").asText(),
          token.path("name").asText(),
          token.path("role").asText(),
          token.path("createdAt").asText(),
          token.path("expired").asBoolean()
              ? "has expired"
              : token.path("expiresAt").asText("when it is revoked"));
    }
  }

  static final class Revoke extends Asking {
    private final Given<List<String>> ids =
        takes.parameters("1..*", "ID", "As gantry token list shows it.");

    Revoke() {
      super("revoke", "Makes tokens open nothing, at once and for good.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      for (var id : ids.get()) {
        daemon.delete("/tokens/" + RestClient.part(id));
        console.line(id);
      }
    }
  }
}
