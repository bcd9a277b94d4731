package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.ListContainersRequest;
import io.gantry.cri.proto.ListPodSandboxRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** exec, attach, port-forward and run as people type them, also on a pseudo-terminal. */
@Tag("root")
class ProcessesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;

  @BeforeEach
  void prepare() throws Exception {
    node = Node.in(folder).started();
  }

  @AfterEach
  void clear() throws Exception {
    for (var pod :
        new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(node.gantry("pods", "-o", "json").text())) {
      node.gantrySays("rm", "--pod", pod.path("id").asText());
    }
    node.close();
  }

  @Test
  void whatIsRunEndsWithItsExitCodeAndIsNobodyElses() throws Exception {
    // The image is pulled; output and errors come whole, from the first byte on
    var said =
        run("", "run", "--rm", Node.IMAGE, "/bin/sh", "-c", "echo out; echo err >&2; exit 7");
    assertThat(said.text()).contains("out\n", "err\n");
    assertThat(said.code()).isEqualTo(7);
    assertThat(node.gantry("pods", "-o", "json").text().strip()).isEqualTo("[ ]");

    // Input and its end
    var cat = run("hello\n", "run", "-i", "--rm", Node.IMAGE, "/bin/cat");
    assertThat(cat.text()).endsWith("hello\n");
    assertThat(cat.code()).isZero();

    // A terminal of this size
    var typed = typed("stty size\nexit 5\n", "run -it --rm " + Node.IMAGE + " /bin/sh");
    assertThat(typed.text()).contains("33 101");
    assertThat(typed.code()).isEqualTo(5);

    // In the background: the CRI sees nothing of it, and its logs go with it
    var started =
        run("", "run", "-d", "--name", "own", Node.IMAGE, "/bin/sh", "-c", "echo here; sleep 600");
    assertThat(started.code()).as(started.text()).isZero();
    Waiting.until(PATIENCE, () -> node.gantrySays("logs", "own").equals("here\n"));
    assertThat(node.gantry("ps").text()).contains("own", "gantry/own");
    var cri = node.cri();
    assertThat(
            node.answered(
                    cri.call(
                        RuntimeServiceGrpcClient.ListPodSandbox,
                        ListPodSandboxRequest.getDefaultInstance()))
                .getItemsList())
        .isEmpty();
    assertThat(
            node.answered(
                    cri.call(
                        RuntimeServiceGrpcClient.ListContainers,
                        ListContainersRequest.getDefaultInstance()))
                .getContainersList())
        .isEmpty();
    var pod =
        node.gantry("ps", "-o", "json")
            .text()
            .replaceAll("(?s).*\"sandbox\" : \"([0-9a-f]+)\".*", "$1");
    node.answered(cri.removePod(pod));
    node.restart();
    assertThat(node.gantry("ps").text()).as("after a restart").contains("own");
    assertThat(node.gantry("rm", "--pod", "own").code()).isZero();
    try (var logs = Files.list(folder.resolve("run/logs"))) {
      assertThat(logs).isEmpty();
    }

    // What cannot be run is told by name and leaves nothing
    var nothing = run("", "run", Node.IMAGE, "/bin/nothing");
    assertThat(nothing.code()).isEqualTo(1);
    assertThat(nothing.text()).contains("/bin/nothing");
  }

  @Test
  void aCommandInAContainerHasTheTerminalTheKeysAndTheEnd() throws Exception {
    run("", "run", "-d", "--name", "own", Node.IMAGE, "/bin/sh", "-c", "sleep 600");

    assertThat(run("a\nb\n", "exec", "-i", "own", "/bin/busybox", "wc", "-l").text().strip())
        .isEqualTo("2");
    assertThat(run("", "exec", "own", "sh", "-c", "exit 42").code()).isEqualTo(42);
    var missing = run("", "exec", "own", "/bin/nothing");
    assertThat(missing.code()).isIn(1, 127);

    // Ctrl-C goes to the process, not to the command here
    var caught =
        typing(
            "exec -it own sh -c 'trap \"echo caught; exit 9\" INT; echo ready; while :; do sleep 0.1; done'");
    Waiting.until(PATIENCE, () -> text(caught.output()).contains("ready"));
    caught.type("\003");
    assertThat(caught.ended()).isEqualTo(9);
    assertThat(text(caught.output())).contains("caught");

    // What it uses, again and again, until the terminal goes
    var watched = typing("stats");
    Waiting.until(PATIENCE, () -> text(watched.output()).contains(" %"));
    watched.process().destroy();
    assertThat(watched.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(text(watched.output())).contains("CPU TIME", "gantry/own");

    // A terminal that becomes larger
    var sized =
        typing(
            "exec -it own sh -c 'until [ \"$(stty size)\" = \"40 90\" ]; do sleep 0.1; done; echo resized; read it'",
            "(sleep 1; stty rows 40 cols 90 </dev/tty) & ");
    Waiting.until(PATIENCE, () -> text(sized.output()).contains("resized"));
    sized.type("\n");
    assertThat(sized.ended()).isZero();

    // Without a terminal there is none to give
    var none = run("", "exec", "-it", "own", "sh");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.text()).contains("standard input is no terminal");

    // A daemon that dies meanwhile
    var cut = typing("exec -it own sh -c 'echo ready; sleep 600'");
    Waiting.until(PATIENCE, () -> text(cut.output()).contains("ready"));
    node.restart();
    assertThat(cut.ended()).isEqualTo(3);
    assertThat(text(cut.output())).contains("it went away in the middle of a session");
  }

  @Test
  void whoeverWaitsIsToldThatTheDaemonHasDied() throws Exception {
    // Given: a registry that takes every request and answers none
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var hosts = Files.createDirectories(folder.resolve("certs.d/silent.example"));
      Files.writeString(
          hosts.resolve("hosts.toml"),
          "server = \"http://127.0.0.1:" + silent.getLocalPort() + "\"\n");
      var script = " /bin/sh -c 'echo ready; sleep 600'";
      run("", "run", "-d", "--name", "own", Node.IMAGE, "/bin/sh", "-c", "echo said; sleep 600");
      var ran = typing("run -it --rm " + Node.IMAGE + script);
      var watched = typing("stats");
      var pulled = typing("pull silent.example/web:1");
      var read = typing("logs -f own");
      var followed = typing("events -f --since 0");
      var attached = typing("attach own");

      // When
      Waiting.until(PATIENCE, () -> text(ran.output()).contains("ready"));
      Waiting.until(PATIENCE, () -> text(watched.output()).contains("gantry/own"));
      Waiting.until(PATIENCE, () -> text(read.output()).contains("said"));
      Waiting.until(PATIENCE, () -> text(followed.output()).contains("ContainerStarted"));
      Waiting.until(
          PATIENCE,
          () ->
              Stream.of("silent.example", "attachContainer")
                  .allMatch(node.gantrySays("operations")::contains));
      node.restart();

      // Then
      for (var one : List.of(ran, watched, pulled, read, followed, attached)) {
        assertThat(one.ended()).as(text(one.output())).isEqualTo(3);
        assertThat(text(one.output())).containsPattern("gantry: daemon: .+");
      }
    }
  }

  @Test
  void whatRunsIsJoinedLeftAndReachedByItsPorts() throws Exception {
    // Joined by two keys, and left running
    run(
        "",
        "run",
        "-d",
        "--name",
        "web",
        Node.IMAGE,
        "/bin/sh",
        "-c",
        "cd /bin; exec /bin/busybox httpd -f -p 127.0.0.1:8080");
    var shell = typing("run -it --name shell " + Node.IMAGE + " /bin/sh");
    shell.type("echo fir''st\n");
    Waiting.until(PATIENCE, () -> text(shell.output()).contains("first"));
    shell.type("\020");
    shell.type("\021");
    assertThat(shell.ended()).isZero();
    var again = typing("attach -it shell");
    again.type("echo sec''ond\nexit\n");
    Waiting.until(PATIENCE, () -> text(again.output()).contains("second"));
    assertThat(again.ended()).isZero();

    // Reached
    var output = Files.createTempFile(folder, "forward", ".txt");
    var forward = node.begun(output, "port-forward", "web", "0:8080", "0:9");
    try {
      Waiting.until(PATIENCE, () -> text(output).lines().count() >= 2);
      var local = text(output).replaceAll("(?s).*127.0.0.1:(\\d+) -> web:8080.*", "$1");
      for (var i = 0; i < 3; i++) {
        assertThat(asked(Integer.parseInt(local))).startsWith("HTTP/1.").contains(" 200 ");
      }
      var refused = text(output).replaceAll("(?s).*127.0.0.1:(\\d+) -> web:9\\n.*", "$1");
      assertThat(asked(Integer.parseInt(refused))).isEmpty();
      Waiting.until(PATIENCE, () -> text(output).contains("error forwarding port 9"));
    } finally {
      forward.destroy();
      forward.waitFor();
    }
  }

  private static String asked(int port) throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("GET /busybox HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** Something that runs on a pseudo-terminal. */
  private record Typing(Process process, Path output) {
    void type(String keys) throws IOException {
      assertThat(process.isAlive()).as(text(output)).isTrue();
      process.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
    }

    int ended() throws Exception {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(text(output)).isTrue();
      process.getOutputStream().close();
      return process.exitValue();
    }
  }

  private Typing typing(String command) throws IOException {
    return typing(command, "");
  }

  /** On a terminal of 33 rows and 101 columns. */
  private Typing typing(String command, String before) throws IOException {
    var output = Files.createTempFile(folder, "typed", ".txt");
    var gantry = Path.of("target/gantry/bin/gantry").toAbsolutePath();
    var line = "stty rows 33 cols 101; " + before + gantry + " " + command;
    var builder =
        new ProcessBuilder(List.of("script", "-qec", line, "/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output.toFile()));
    builder.environment().put("GANTRY_API_SOCKET", folder.resolve("run/api.sock").toString());
    return new Typing(builder.start(), output);
  }

  private Node.Said typed(String keys, String command) throws Exception {
    var typing = typing(command);
    typing.type(keys);
    var code = typing.ended();
    return new Node.Said(code, text(typing.output()));
  }

  private Node.Said run(String input, String... arguments) throws Exception {
    var output = Files.createTempFile(folder, "said", ".txt");
    var line = new java.util.ArrayList<>(List.of(arguments));
    line.addFirst(Path.of("target/gantry/bin/gantry").toAbsolutePath().toString());
    var builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output.toFile()));
    builder.environment().put("GANTRY_API_SOCKET", folder.resolve("run/api.sock").toString());
    var process = builder.start();
    process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return new Node.Said(process.exitValue(), text(output));
  }

  private static String text(Path output) {
    try {
      return Files.readString(output, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }
}
