package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.DemoImage;
import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon dies by SIGKILL while a command is in touch with it. */
@Tag("root")
class DaemonGoneIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LARGE = 48 << 20;

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;
  private Path output;

  @AfterEach
  void clear() throws Exception {
    node.close();
  }

  @Test
  void portForwardEndsThoughNobodyIsConnected() throws Exception {
    // Given
    node = node();
    node.answered(node.cri().runPod(node.pod("web-0")));
    var forward = node.begun(output, "port-forward", "web-0", "0:8080");
    Waiting.until(PATIENCE, () -> said().contains("-> web-0:8080"));

    // When
    node.kill();

    // Then
    isTold(forward);
    node.started();
  }

  @Test
  void portForwardEndsWithItsClients() throws Exception {
    // Given
    node = node();
    node.answered(node.cri().pull(Node.IMAGE));
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    var listens = Node.container("/bin/busybox", "httpd", "-f", "-p", "8080").build();
    var container = node.answered(node.cri().create(pod, listens, node.pod("web-0")));
    node.answered(node.cri().start(container));
    var forward = node.begun(output, "port-forward", "web-0", "0:8080");
    Waiting.until(PATIENCE, () -> said().contains("-> web-0:8080"));
    var port = Integer.parseInt(said().replaceAll("(?s).*127.0.0.1:(\\d+) -> web-0:.*", "$1"));
    assertThat(Waiting.until(PATIENCE, () -> answers(port))).as(said()).isTrue();
    try (var client = asking(port)) {

      // When
      node.kill();

      // Then
      isTold(forward);
      assertThat(isOver(client)).as("the client's connection").isTrue();
    }
    node.started();
  }

  @Test
  void halfAnExportIsNoFile() throws Exception {
    // Given
    node = node();
    large();
    var archive = folder.resolve("large.tar");
    var unfinished = folder.resolve("large.tar.unfinished");
    var export = halfDone(unfinished, "export", "--to", archive.toString(), Node.IMAGE);

    // When
    node.kill();
    signal("CONT", export);

    // Then
    isTold(export);
    assertThat(archive).doesNotExist();
    assertThat(unfinished).doesNotExist();
    node.started();

    // One that is ended here, and one to a pipe
    var interrupted = halfDone(unfinished, "export", "--to", archive.toString(), Node.IMAGE);
    signal("TERM", interrupted);
    signal("CONT", interrupted);
    assertThat(interrupted.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(archive).doesNotExist();
    assertThat(unfinished).doesNotExist();
    var piped = begun(Redirect.PIPE, "export", Node.IMAGE);
    assertThat(piped.getInputStream().read()).isNotEqualTo(-1);
    node.kill();
    piped.getInputStream().readAllBytes();
    isTold(piped);
    node.started();
  }

  @Test
  void anImportEndsThoughMoreMayCome() throws Exception {
    // Given
    node = node();
    var archive = folder.resolve("busybox.tar");
    node.answered(node.cri().pull(Node.IMAGE));
    assertThat(node.gantry("export", "--to", archive.toString(), Node.IMAGE).code()).isZero();
    var half = Arrays.copyOf(Files.readAllBytes(archive), (int) Files.size(archive) / 2);
    var imported = begun(Redirect.to(output.toFile()), "import", "-");
    imported.getOutputStream().write(half);
    imported.getOutputStream().flush();
    Waiting.until(PATIENCE, () -> node.gantrySays("operations").contains("importImages"));

    // When
    node.kill();

    // Then
    isTold(imported);
    node.started();
    assertThat(node.gantry("import", archive.toString()).code()).isZero();

    // What cannot be read is no fault of the daemon's
    var folderForFile = node.gantry("import", folder.toString());
    assertThat(folderForFile.code()).isEqualTo(1);
    assertThat(folderForFile.text()).contains("gantry: archive: ").doesNotContain("daemon");
  }

  @Test
  void aTerminalIsAsItWas() throws Exception {
    // Given
    node = node();
    node.answered(node.cri().pull(Node.IMAGE));
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    var sleeps = Node.container("/bin/busybox", "sleep", "600").build();
    node.answered(
        node.cri().start(node.answered(node.cri().create(pod, sleeps, node.pod("web-0")))));
    var gantry = Path.of("target/gantry/bin/gantry").toAbsolutePath();
    var line = gantry + " exec -it app sh -c 'echo ready; sleep 600'; echo code $?; stty -a";
    var typing =
        started(
            new ProcessBuilder("script", "-qec", "stty sane; " + line, "/dev/null")
                .redirectOutput(output.toFile()));
    Waiting.until(PATIENCE, () -> said().contains("ready"));

    // When
    node.kill();

    // Then
    assertThat(typing.waitFor(60, TimeUnit.SECONDS)).as(said()).isTrue();
    assertThat(said())
        .contains("code 3", "run/api.sock: it went away in the middle of a session")
        .containsPattern("\\bicanon\\b")
        .containsPattern("[^-]\\becho\\b")
        .doesNotContain("-icanon");
    node.started();
  }

  private Node node() throws IOException {
    output = Files.createTempFile(folder, "output", ".txt");
    return Node.in(folder).configured("images", "{keep-blobs: true}").started();
  }

  /** The image of this node becomes one that takes a while to be written. */
  private void large() throws Exception {
    var noise = new byte[LARGE];
    new Random(1).nextBytes(noise);
    var file = Files.write(folder.resolve("noise"), noise);
    var image = DemoImage.ofBusybox(file);
    node.pushed("busybox", "1", image);
    node.answered(node.cri().pull(Node.IMAGE));
  }

  /** A command that has written something, and is held there. */
  private Process halfDone(Path unfinished, String... arguments) throws Exception {
    Files.writeString(output, "");
    var process = node.begun(output, arguments);
    Waiting.until(PATIENCE, () -> Files.exists(unfinished));
    signal("STOP", process);
    assertThat(unfinished).as(said()).exists();
    return process;
  }

  private static void signal(String name, Process process) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private Process begun(Redirect out, String... arguments) throws IOException {
    var line = new java.util.ArrayList<>(List.of(arguments));
    line.addFirst(Path.of("target/gantry/bin/gantry").toAbsolutePath().toString());
    return started(new ProcessBuilder(line).redirectOutput(out));
  }

  private Process started(ProcessBuilder builder) throws IOException {
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("GANTRY_API_SOCKET", folder.resolve("run/api.sock").toString());
    Files.writeString(output, "");
    return builder.redirectError(Redirect.appendTo(output.toFile())).start();
  }

  private static boolean answers(int port) {
    try (var client = asking(port)) {
      client.getOutputStream().write("\r\n".getBytes(StandardCharsets.US_ASCII));
      return client.getInputStream().read() == 'H';
    } catch (IOException notYet) {
      return false;
    }
  }

  /** In the middle of a request, so that the server waits for the rest. */
  private static Socket asking(int port) throws IOException {
    var client = new Socket("127.0.0.1", port);
    client.setSoTimeout(20_000);
    client.getOutputStream().write("GET / HTTP/1.0\r\n".getBytes(StandardCharsets.US_ASCII));
    return client;
  }

  private static boolean isOver(Socket client) throws IOException {
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  /** Exit code 3, where the daemon was, and what to do. */
  private void isTold(Process command) throws Exception {
    assertThat(command.waitFor(60, TimeUnit.SECONDS)).as(said()).isTrue();
    assertThat(command.exitValue()).as(said()).isEqualTo(3);
    assertThat(said())
        .contains("gantry: daemon: " + folder.resolve("run/api.sock") + ": ")
        .contains("(expected: gantryd ")
        .doesNotContain("Exception", "\tat ");
  }

  private String said() {
    try {
      return Files.readString(output, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }
}
