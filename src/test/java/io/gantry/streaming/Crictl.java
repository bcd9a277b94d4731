package io.gantry.streaming;

import io.gantry.client.Waiting;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The crictl that src/test/conformance/build-tools.sh builds, against one socket.
 *
 * @param socket of the CRI
 * @param folder for what it says on its standard error
 */
record Crictl(Path socket, Path folder) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How it ended, and what it said. */
  record Ran(int code, byte[] out, String err) {
    String text() {
      return new String(out, StandardCharsets.UTF_8);
    }
  }

  static Path binary() {
    var cache =
        Optional.ofNullable(System.getenv("GANTRY_CACHE"))
            .or(() -> Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).map(x -> x + "/gantry"))
            .orElse(System.getProperty("user.home") + "/.cache/gantry");
    return Path.of(cache, "bin", "crictl");
  }

  List<String> command(String... arguments) {
    var command = new ArrayList<>(List.of(binary().toString(), "--config=/dev/null"));
    command.addAll(List.of("--runtime-endpoint", "unix://" + socket));
    command.addAll(List.of("--timeout", "20s"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs it to its end. */
  Ran run(Optional<Path> input, String... arguments) throws Exception {
    var out = Files.createTempFile(folder, "out", "");
    var process = builder(input, command(arguments)).redirectOutput(out.toFile()).start();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return new Ran(
        process.exitValue(), Files.readAllBytes(out), Files.readString(folder.resolve("err")));
  }

  Ran run(String... arguments) throws Exception {
    return run(Optional.empty(), arguments);
  }

  /** One that goes on; its caller ends it. */
  Process begun(Optional<Path> input, List<String> command) throws IOException {
    return builder(input, command).start();
  }

  private ProcessBuilder builder(Optional<Path> input, List<String> command) {
    return new ProcessBuilder(command)
        .redirectInput(input.orElse(Path.of("/dev/null")).toFile())
        .redirectError(folder.resolve("err").toFile());
  }

  /** A port of this host that is forwarded to one of a pod while this is open. */
  static final class Forward implements AutoCloseable {
    private final Process client;
    private final int local;

    private Forward(Process client, int local) {
      this.client = client;
      this.local = local;
    }

    int port() {
      return local;
    }

    @Override
    public void close() {
      client.destroy();
    }
  }

  /** Forwards, once the port can be connected to. */
  Forward forward(String transport, String pod, int port, String... more) throws IOException {
    var local = freePort();
    var arguments = new ArrayList<>(List.of("port-forward", "-r", transport));
    arguments.addAll(List.of(more));
    arguments.addAll(List.of(pod, local + ":" + port));
    var client = begun(Optional.empty(), command(arguments.toArray(String[]::new)));
    if (!Waiting.until(PATIENCE, () -> listening(local) || !client.isAlive())
        || !client.isAlive()) {
      throw new IOException("crictl: " + Files.readString(folder.resolve("err")));
    }
    return new Forward(client, local);
  }

  private static boolean listening(int port) {
    try {
      return Files.readString(Path.of("/proc/net/tcp"))
          .contains(":%04X 00000000:0000 0A".formatted(port));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
