package io.gantry.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry on a free port of 127.0.0.1, all of it in one folder. Blocks. */
public final class DebianRegistry implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Process process;
  private final int port;
  private final RegistryPush push;

  private DebianRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
    this.push = new RegistryPush(URI.create("http://127.0.0.1:" + port));
  }

  public static DebianRegistry in(Path folder) {
    try {
      var port = freePort();
      Files.createDirectories(folder);
      var file = folder.resolve("registry.yml");
      Files.writeString(
          file,
          """
          version: 0.1
          log: {level: warn, accesslog: {disabled: true}}
          storage: {filesystem: {rootdirectory: "%s"}}
          http: {addr: "127.0.0.1:%d"}
          """
              .formatted(folder.resolve("store"), port));
      var log = folder.resolve("registry.log");
      var process =
          new ProcessBuilder("docker-registry", "serve", file.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      var registry = new DebianRegistry(process, port);
      if (!Waiting.until(PATIENCE, registry::answers)) {
        throw new IllegalStateException("no answer: " + Files.readString(log));
      }
      return registry;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** {@code 127.0.0.1:<port>}. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  /** Pushes {@code blobs}, then the {@code manifest} that names them. */
  public void push(String repository, String tag, byte[] manifest, List<byte[]> blobs) {
    push.push(repository, tag, manifest, blobs);
  }

  private boolean answers() {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    push.close();
    process.destroy();
    process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }
}
