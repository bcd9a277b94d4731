package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that change something. */
final class Actions {
  private static final List<String> NAME = List.of("name");
  private static final List<String> NONE = List.of();

  private Actions() {}

  /** What the kubelet made is changed only if it is said twice. */
  abstract static class Changing extends Asking {
    @Option(
        names = "--override",
        description = "Also what belongs to the kubelet, which may make it again at once.")
    private boolean override;

    @Parameters(
        arity = "1..*",
        paramLabel = "ID",
        description = "A name, or the beginning of an id.")
    private List<String> names = List.of();

    @Override
    final void run(RestClient daemon, Console console) {
      for (var name : names) {
        console.line(change(daemon, name, "override=" + override));
      }
    }

    abstract String change(RestClient daemon, String name, String query);
  }

  @Command(
      name = "stop",
      description = "Stops containers.",
      footer = {"", "Example: gantry stop --override --grace 30 web"})
  static final class Stop extends Changing {
    @Option(
        names = "--grace",
        paramLabel = "SECONDS",
        defaultValue = "10",
        description = "Until it is killed. Default: ${DEFAULT-VALUE}")
    private int grace = 10;

    @Override
    String change(RestClient daemon, String name, String query) {
      var id = found(daemon.get("/containers"), "container", name, NAME);
      daemon.post("/containers/" + id + "/stop?grace=" + grace + "&" + query, null);
      return id;
    }
  }

  @Command(
      name = "pause",
      description = "Stops the processes of containers where they are; they keep their memory.",
      footer = {"", "Example: gantry pause --override web; gantry unpause --override web"})
  static final class Pause extends Changing {
    @Override
    String change(RestClient daemon, String name, String query) {
      var id = found(daemon.get("/containers"), "container", name, NAME);
      daemon.post("/containers/" + id + "/pause?" + query, null);
      return id;
    }
  }

  @Command(name = "unpause", description = "Lets the processes of paused containers go on.")
  static final class Unpause extends Changing {
    @Override
    String change(RestClient daemon, String name, String query) {
      var id = found(daemon.get("/containers"), "container", name, NAME);
      daemon.post("/containers/" + id + "/resume?" + query, null);
      return id;
    }
  }

  @Command(name = "rm", description = "Removes containers, or with --pod pods.")
  static final class Rm extends Changing {
    @Option(names = "--pod", description = "The names are those of pods.")
    private boolean pod;

    @Override
    String change(RestClient daemon, String name, String query) {
      var kind = pod ? "sandboxes" : "containers";
      var id = found(daemon.get("/" + kind), pod ? "pod" : "container", name, NAME);
      daemon.delete("/" + kind + "/" + id + "?" + query);
      return id;
    }
  }

  @Command(name = "rmi", description = "Removes images with all their names.")
  static final class Rmi extends Asking {
    @Parameters(
        arity = "1..*",
        paramLabel = "IMAGE",
        description = "A reference, or the beginning of an id.")
    private List<String> names = List.of();

    @Override
    void run(RestClient daemon, Console console) {
      for (var name : names) {
        var images = daemon.get("/images?reference=" + RestClient.part(name));
        var id =
            images.size() == 1
                ? images.path(0).path("id").asText()
                : found(images, "image", name, NONE);
        daemon.delete("/images/" + id);
        console.line(id);
      }
    }
  }

  @Command(
      name = "cancel",
      description = "Cancels a call that is under way; what it did is undone.")
  static final class Cancel extends Asking {
    @Parameters(paramLabel = "NUMBER", description = "As gantry operations shows it.")
    private long number;

    @Override
    void run(RestClient daemon, Console console) {
      daemon.delete("/operations/" + number);
    }
  }

  @Command(
      name = "pull",
      description = "Pulls an image, and shows how far each layer has come.",
      footer = {"", "Example: gantry pull registry.example/shop/web:1.4"})
  static final class Pull extends Asking {
    private static final int LOOK_MILLIS = 200;

    @Parameters(paramLabel = "IMAGE", description = "Its reference.")
    private String reference = "";

    @Option(names = "--user", paramLabel = "NAME", description = "For the registry.")
    private String user = "";

    @Option(
        names = "--password",
        interactive = true,
        arity = "0..1",
        description = "For the registry; asked for if it is left out.")
    private char[] password = {};

    @Override
    void run(RestClient daemon, Console console) {
      var body = Trees.MAKE.objectNode().put("reference", reference);
      if (!user.isEmpty()) {
        body.put("username", user).put("password", new String(password));
      }
      var pull = pulled(daemon, console, body);
      var image = daemon.get("/images?reference=" + RestClient.part(reference)).path(0);
      if (!shown(console, image)) {
        console.line(
            "%s  %s in %s"
                .formatted(
                    image.path("id").asText(),
                    Words.bytes(image.path("sizeBytes").asLong()),
                    Words.millis(pull.path("millis").asDouble())));
      }
    }

    /** Asks for a pull and shows how it goes, until it is over. */
    static JsonNode pulled(RestClient daemon, Console console, JsonNode body) {
      var pull = daemon.post("/images", body);
      var bars = new Bars(console);
      while (!pull.path("over").asBoolean()) {
        bars.show(pull.path("progress"));
        pause();
        pull = daemon.get("/operations/" + pull.path("number").asLong());
      }
      bars.show(pull.path("progress"));
      if (pull.has("problem")) {
        throw new Refused(Refused.NO, pull.path("problem").path("detail").asText());
      }
      return pull;
    }

    private static void pause() {
      java.util.concurrent.locks.LockSupport.parkNanos(LOOK_MILLIS * 1_000_000L);
    }
  }

  /** A line a layer, drawn over the ones before; on what is no terminal, nothing. */
  private static final class Bars {
    private static final int WIDTH = 24;

    private final Console console;
    private int drawn;

    Bars(Console console) {
      this.console = console;
    }

    void show(JsonNode progress) {
      if (!console.terminal()) {
        return;
      }
      if (drawn > 0) {
        console.out().print("\033[" + drawn + "A");
      }
      for (var part : progress) {
        console.line("\033[2K" + bar(part));
      }
      drawn = progress.size();
    }

    private static String bar(JsonNode part) {
      var done = part.path("done").asLong();
      var total = Math.max(done, part.path("total").asLong());
      var full = total == 0 ? 0 : (int) (WIDTH * done / total);
      return "%-18s [%s%s] %s of %s"
          .formatted(
              part.path("part").asText(),
              "=".repeat(full),
              " ".repeat(WIDTH - full),
              Words.bytes(done),
              Words.bytes(total));
    }
  }
}
