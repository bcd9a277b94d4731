package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry token}: who may come in over TCP. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    versionProvider = GantryCommand.VersionText.class,
    description = "Makes, lists and revokes tokens for the REST API over TCP (api.listen).",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {Tokens.Create.class, Tokens.Listing.class, Tokens.Revoke.class})
final class Tokens {
  Tokens() {}

  @Command(
      name = "create",
      description = "Makes a token and prints its text, which is told this once.",
      footer = {"", "Example: gantry token create dashboard --role view --expires 30d"})
  static final class Create extends Asking {
    private static final Pattern SPAN = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

    @Parameters(paramLabel = "NAME", description = "Whom it is for; the audit log shows it.")
    private String name = "";

    @Option(
        names = "--role",
        defaultValue = "view",
        description = "view, operate or admin. Default: ${DEFAULT-VALUE}")
    private String role = "view";

    @Option(
        names = "--expires",
        paramLabel = "SPAN",
        defaultValue = "",
        description = "After so many s, m, h or d, such as 30d. Default: when it is revoked.")
    private String expires = "";

    @Override
    void run(RestClient daemon, Console console) {
      var body = Trees.MAKE.objectNode().put("name", name).put("role", role);
      if (!expires.isEmpty()) {
        body.put("expiresSeconds", seconds());
      }
      var made = daemon.post("/tokens", body);
      if (!shown(console, made)) {
        console.line(made.path("text").asText());
      }
    }

    private long seconds() {
      var span = SPAN.matcher(expires);
      if (!span.matches()) {
        throw wrongUsage("--expires: '" + expires + "' (expected: such as 90s, 10m, 12h or 30d)");
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

  @Command(name = "list", description = "Lists tokens, without their texts.")
  static final class Listing extends Asking {
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

  @Command(name = "revoke", description = "Makes tokens open nothing, at once and for good.")
  static final class Revoke extends Asking {
    @Parameters(arity = "1..*", paramLabel = "ID", description = "As gantry token list shows it.")
    private List<String> ids = List.of();

    @Override
    void run(RestClient daemon, Console console) {
      for (var id : ids) {
        daemon.delete("/tokens/" + RestClient.part(id));
        console.line(id);
      }
    }
  }
}
