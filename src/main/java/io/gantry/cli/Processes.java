package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.host.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that are in touch with a process. */
final class Processes {
  private static final List<String> NAME = List.of("name");

  private Processes() {}

  /** What all of them have. */
  abstract static class Talking extends Asking {
    @Option(
        names = {"-i", "--stdin"},
        description = "What is typed here goes to the process.")
    private boolean stdin;

    @Option(
        names = {"-t", "--tty"},
        description = "This terminal becomes the process's.")
    private boolean tty;

    final boolean stdin() {
      return stdin;
    }

    final boolean tty() {
      return tty;
    }

    final String streams() {
      return "stdin=" + stdin + "&tty=" + tty;
    }

    final Optional<Terminal> terminal() {
      if (!tty) {
        return Optional.empty();
      }
      var there = Terminal.ofInput();
      if (there.isEmpty()) {
        throw wrongUsage("-t: standard input is no terminal (expected: one, or no -t)");
      }
      return there;
    }
  }

  @Command(
      name = "exec",
      description = "Runs a command in a container, and ends with its exit code.",
      footer = {"", "Example: gantry exec -it web sh"})
  static final class Exec extends Talking {
    @Parameters(
        index = "0",
        paramLabel = "CONTAINER",
        description = "A name, or the beginning of an id.")
    private String name = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
    private List<String> command = List.of();

    @Override
    void run(RestClient daemon, Console console) {
      var terminal = terminal();
      var id = found(daemon.get("/containers"), "container", name, NAME);
      var path = new StringBuilder("/containers/" + id + "/exec?" + streams());
      command.forEach(word -> path.append("&command=").append(RestClient.part(word)));
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

  @Command(
      name = "attach",
      description = {"Joins the first process of a container: what it says from now on."},
      footer = {"", "With -it, Ctrl-P Ctrl-Q leaves it running."})
  static final class Attach extends Talking {
    @Parameters(paramLabel = "CONTAINER", description = "A name, or the beginning of an id.")
    private String name = "";

    @Override
    void run(RestClient daemon, Console console) {
      var terminal = terminal();
      var id = found(daemon.get("/containers"), "container", name, NAME);
      var path = "/containers/" + id + "/attach?" + streams();
      var over = Talk.over(daemon.channels(path), stdin(), terminal, true, () -> {});
      if (over.status().path("status").asText().equals("Failure")) {
        throw new Refused(Refused.NO, over.status().path("message").asText());
      }
    }
  }

  @Command(
      name = "run",
      description = {
        "Runs a command in a pod of its own, and ends with its exit code.",
        "The kubelet does not see such pods, and does not keep them running."
      },
      footer = {
        "",
        "Examples:",
        "  gantry run -it --rm registry.example/busybox:1 sh",
        "  gantry run -d --name cache registry.example/cache:2",
        "With -it, Ctrl-P Ctrl-Q leaves it running."
      })
  static final class Run extends Talking {
    @Option(names = "--rm", description = "Removes the pod when it has ended.")
    private boolean remove;

    @Option(
        names = {"-d", "--detach"},
        description =
            "Prints the container's id and leaves it running; gantry logs shows what it says.")
    private boolean detach;

    @Option(
        names = "--name",
        defaultValue = "",
        description = "Of pod and container. Default: made up.")
    private String name = "";

    @Option(
        names = "--handler",
        defaultValue = "",
        description = "A runtime handler. Default: the node's.")
    private String handler = "";

    @Option(
        names = {"-e", "--env"},
        paramLabel = "NAME=VALUE",
        description = "An environment variable.")
    private List<String> environment = new ArrayList<>();

    @Option(
        names = "--entrypoint",
        paramLabel = "PROGRAM",
        defaultValue = "",
        description = "In place of the image's.")
    private String entrypoint = "";

    @Option(
        names = "--memory",
        paramLabel = "BYTES",
        defaultValue = "0",
        description = "At most so much.")
    private long memory;

    @Option(names = "--host-network", description = "The pod has the host's network.")
    private boolean hostNetwork;

    @Parameters(
        index = "0",
        paramLabel = "IMAGE",
        description = "A reference; pulled if it is not here.")
    private String image = "";

    @Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "COMMAND",
        description = "In place of the image's.")
    private List<String> command = new ArrayList<>();

    @Override
    void run(RestClient daemon, Console console) {
      if (detach && (remove || stdin() || tty())) {
        throw wrongUsage("-d: with --rm, -i or -t (expected: alone)");
      }
      var terminal = terminal();
      if (daemon.get("/images?reference=" + RestClient.part(image)).isEmpty()) {
        Actions.Pull.pulled(daemon, console, Trees.MAKE.objectNode().put("reference", image));
      }
      var made = daemon.post("/containers", body());
      var id = made.path("id").asText();
      if (detach) {
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
      if (remove) {
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
      body.put("image", image)
          .put("stdin", stdin())
          .put("tty", tty())
          .put("hostNetwork", hostNetwork);
      if (!name.isEmpty()) {
        body.put("name", name);
      }
      if (!handler.isEmpty()) {
        body.put("handler", handler);
      }
      if (memory > 0) {
        body.put("memoryBytes", memory);
      }
      var env = body.putObject("env");
      for (var one : environment) {
        var equals = one.indexOf('=');
        if (equals < 1) {
          throw wrongUsage("-e: '" + one + "' (expected: NAME=VALUE)");
        }
        env.put(one.substring(0, equals), one.substring(equals + 1));
      }
      if (!entrypoint.isEmpty()) {
        body.putArray("command").add(entrypoint);
      }
      var args = body.putArray("args");
      command.forEach(args::add);
      return body;
    }
  }
}
