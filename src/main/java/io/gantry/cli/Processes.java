package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.cli.Signature.Given;
import io.gantry.host.Terminal;
import java.util.List;
import java.util.Optional;

/** The commands that are in touch with a process. */
final class Processes {
  private static final List<String> NAME = List.of("name");

  private Processes() {}

  /** What all of them have. */
  abstract static class Talking extends Asking {
    private final Given<Boolean> stdin =
        takes.flag("-i, --stdin", "What is typed here goes to the process.");

    private final Given<Boolean> tty =
        takes.flag("-t, --tty", "This terminal becomes the process's.");

    Talking(String name, String... description) {
      super(name, description);
    }

    final boolean stdin() {
      return stdin.get();
    }

    final boolean tty() {
      return tty.get();
    }

    final String streams() {
      return "stdin=" + stdin.get() + "&tty=" + tty.get();
    }

    final Optional<Terminal> terminal() {
      if (!tty.get()) {
        return Optional.empty();
      }
      var there = Terminal.ofInput();
      if (there.isEmpty()) {
        throw wrongUsage("-t: standard input is no terminal (expected: one, or no -t)");
      }
      return there;
    }
  }

  static final class Exec extends Talking {
    private final Given<String> name =
        takes.parameter("CONTAINER", "A name, or the beginning of an id.");

    private final Given<List<String>> command = takes.parameters("1..*", "COMMAND");

    Exec() {
      super("exec", "Runs a command in a container, and ends with its exit code.");
      takes.footer("", "Example: gantry exec -it web sh");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var terminal = terminal();
      var id = found(daemon.get("/containers"), "container", name.get(), NAME);
      var path = new StringBuilder("/containers/" + id + "/exec?" + streams());
      command.get().forEach(word -> path.append("&command=").append(RestClient.part(word)));
      var over = Talk.over(daemon.channels(path.toString()), stdin(), terminal, false, () -> {});
      endWith(code(over.status()));
    }

    /** The exit code that a status tells; a process that never ran has none. */
    private static int code(JsonNode status) {
      if (status.path("status").asText().equals("Success")) {
        return 0;
      }
      for (var cause : status.path("details").path("causes")) {
        if (cause.path("reason").asText().equals("ExitCode")) {
          return cause.path("message").asInt();
        }
      }
      throw new Refused(
          Refused.NO, status.path("message").asText("exec: the daemon does not say how it ended"));
    }
  }

  static final class Attach extends Talking {
    private final Given<String> name =
        takes.parameter("CONTAINER", "A name, or the beginning of an id.");

    Attach() {
      super("attach", "Joins the first process of a container: what it says from now on.");
      takes.footer("", "With -it, Ctrl-P Ctrl-Q leaves it running.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      var terminal = terminal();
      var id = found(daemon.get("/containers"), "container", name.get(), NAME);
      var path = "/containers/" + id + "/attach?" + streams();
      var over = Talk.over(daemon.channels(path), stdin(), terminal, true, () -> {});
      if (over.status().path("status").asText().equals("Failure")) {
        throw new Refused(Refused.NO, over.status().path("message").asText());
      }
    }
  }

  static final class Run extends Talking {
    private final Given<Boolean> remove = takes.flag("--rm", "Removes the pod when it has ended.");

    private final Given<Boolean> detach =
        takes.flag(
            "-d, --detach",
            "Prints the container's id and leaves it running; gantry logs shows what it says.");

    private final Given<String> name =
        takes.option("--name=<name>", "Of pod and container. Default: made up.");

    private final Given<String> handler =
        takes.option("--handler=<handler>", "A runtime handler. Default: the node's.");

    private final Given<List<String>> environment =
        takes.options("-e, --env=NAME=VALUE", "An environment variable.");

    private final Given<String> entrypoint =
        takes.option("--entrypoint=PROGRAM", "In place of the image's.");

    private final Given<Long> memory =
        takes.option("--memory=BYTES", Long.class, 0L, "At most so much.");

    private final Given<Boolean> hostNetwork =
        takes.flag("--host-network", "The pod has the host's network.");

    private final Given<String> image =
        takes.parameter("IMAGE", "A reference; pulled if it is not here.");

    private final Given<List<String>> command =
        takes.parameters("0..*", "COMMAND", "In place of the image's.");

    Run() {
      super(
          "run",
          "Runs a command in a pod of its own, and ends with its exit code.",
          "The kubelet does not see such pods, and does not keep them running.");
      takes.footer(
          "",
          "Examples:",
          "  gantry run -it --rm registry.example/busybox:1 sh",
          "  gantry run -d --name cache registry.example/cache:2",
          "With -it, Ctrl-P Ctrl-Q leaves it running.");
    }

    @Override
    void run(RestClient daemon, Console console) {
      if (detach.get() && (remove.get() || stdin() || tty())) {
        throw wrongUsage("-d: with --rm, -i or -t (expected: alone)");
      }
      var terminal = terminal();
      if (daemon.get("/images?reference=" + RestClient.part(image.get())).isEmpty()) {
        Actions.Pull.pulled(daemon, console, Trees.MAKE.objectNode().put("reference", image.get()));
      }
      var made = daemon.post("/containers", body());
      var id = made.path("id").asText();
      if (detach.get()) {
        daemon.post("/containers/" + id + "/start", null);
        console.line(id);
        return;
      }
      var over =
          Talk.over(
              daemon.channels("/containers/" + id + "/attach?" + streams()),
              stdin(),
              terminal,
              true,
              () -> daemon.post("/containers/" + id + "/start", null));
      if (over.left()) {
        console.line(id);
        return;
      }
      endWith(ended(daemon, id));
      if (remove.get()) {
        daemon.delete("/sandboxes/" + made.path("sandbox").asText());
      }
    }

    /** The streams may end a moment before the daemon has written down how it ended. */
    private static int ended(RestClient daemon, String id) {
      var container = daemon.get("/containers/" + id);
      while (!container.path("state").asText().equals("exited")) {
        java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        container = daemon.get("/containers/" + id);
      }
      return container.path("exitCode").asInt();
    }

    private JsonNode body() {
      var body = Trees.MAKE.objectNode();
      body.put("image", image.get())
          .put("stdin", stdin())
          .put("tty", tty())
          .put("hostNetwork", hostNetwork.get());
      if (!name.get().isEmpty()) {
        body.put("name", name.get());
      }
      if (!handler.get().isEmpty()) {
        body.put("handler", handler.get());
      }
      if (memory.get() > 0) {
        body.put("memoryBytes", memory.get());
      }
      var env = body.putObject("env");
      for (var one : environment.get()) {
        var equals = one.indexOf('=');
        if (equals < 1) {
          throw wrongUsage("-e: '" + one + "' (expected: NAME=VALUE)");
        }
        env.put(one.substring(0, equals), one.substring(equals + 1));
      }
      if (!entrypoint.get().isEmpty()) {
        body.putArray("command").add(entrypoint.get());
      }
      var args = body.putArray("args");
      command.get().forEach(args::add);
      return body;
    }
  }
}
