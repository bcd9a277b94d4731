package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
import java.util.List;

/** The commands that change something. */
final class Actions {
  private static final List<String> NAME = List.of("name");
  private static final List<String> NONE = List.of();

  private Actions() {}

  /** What the kubelet made is changed only if it is said twice. */
  abstract static class Changing extends Asking {
    private final Given<Boolean> override =
        takes.flag(
            "--override", "Also what belongs to the kubelet, which may make it again at once.");

    private final Given<List<String>> names =
        takes.parameters("1..*", "ID", "A name, or the beginning of an id.");

    Changing(String name, String description) {
      super(name, description);
    }

    @Override
    final void run(RestClient daemon, Console console) {
      for (var name : names.get()) {
        console.line(change(daemon, name, "override=" + override.get()));
      }
    }

    abstract String change(RestClient daemon, String name, String query);
  }

  static final class Stop extends Changing {
    private final Given<Integer> grace =
        takes.option(
            "--grace=SECONDS", Integer.class, 10, "Until it is killed. Default: ${DEFAULT-VALUE}");

    Stop() {
      super("stop", "Stops containers.");
      takes.footer("", "Example: gantry stop --override --grace 30 web");
    }

    @Override
    String change(RestClient daemon, String name, String query) {
      var id = found(daemon.get("/containers"), "container", name, NAME);
      daemon.post("/containers/" + id + "/stop?grace=" + grace.get() + "&" + query, null);
      return id;
    }
  }

  static final class Pause extends Changing {
    Pause() {
      super("pause", "Stops the processes of containers where they are; they keep their memory.");
      takes.footer("", "Example: gantry pause --override web; gantry unpause --override web");
    }

    @Override
    String change(RestClient daemon, String name, String query) {
      var id = found(daemon.get("/containers"), "container", name, NAME);
      daemon.post("/containers/" + id + "/pause?" + query, null);
      return id;
    }
  }

  static final class Unpause extends Changing {
    Unpause() {
      super("unpause", "Lets the processes of paused containers go on.");
    }

    @Override
    String change(RestClient daemon, String name, String query) {
      var id = found(daemon.get("/containers"), "container", name, NAME);
      daemon.post("/containers/" + id + "/resume?" + query, null);
      return id;
    }
  }

  static final class Rm extends Changing {
    private final Given<Boolean> pod = takes.flag("--pod", "The names are those of pods.");

    Rm() {
      super("rm", "Removes containers, or with --pod pods.");
    }

    @Override
    String change(RestClient daemon, String name, String query) {
      var kind = pod.get() ? "sandboxes" : "containers";
      var id = found(daemon.get("/" + kind), pod.get() ? "pod" : "container", name, NAME);
      daemon.delete("/" + kind + "/" + id + "?" + query);
      return id;
    }
  }

  static final class Rmi extends Asking {
    private final Given<List<String>> names =
        takes.parameters("1..*", "IMAGE", "A reference, or the beginning of an id.");

    Rmi() {
      super("rmi", "Removes images with all their names.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      for (var name : names.get()) {
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

  static final class Cancel extends Asking {
    private final Given<Long> number =
        takes.numberParameter("NUMBER", "As gantry operations shows it.");

    Cancel() {
      super("cancel", "Cancels a call that is under way; what it did is undone.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      daemon.delete("/operations/" + number.get());
    }
  }

  static final class Pull extends Asking {
    private static final int LOOK_MILLIS = 200;

    private final Given<String> reference = takes.parameter("IMAGE", "Its reference.");

    private final Given<String> user = takes.option("--user=NAME", "For the registry.");

    private final Given<char[]> password =
        takes.secret("--password=<password>", "For the registry; asked for if it is left out.");

    Pull() {
      super("pull", "Pulls an image, and shows how far each layer has come.");
      takes.footer("", "Example: gantry pull registry.example/shop/web:1.4");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var body = Trees.MAKE.objectNode().put("reference", reference.get());
      if (!user.get().isEmpty()) {
        body.put("username", user.get()).put("password", new String(password.get()));
      }
      var pull = pulled(daemon, console, body);
      var image = daemon.get("/images?reference=" + RestClient.part(reference.get())).path(0);
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
