package io.gantry.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A gantryd of ours: started with a configuration, killed, asked to end. Blocks. */
final class DemoDaemon {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration END = Duration.ofSeconds(30);

  private final Process process;
  private final Path log;

  private DemoDaemon(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it and waits until its socket is there; its output is appended to {@code log}. */
  static DemoDaemon start(Path gantryd, Path config, Path socket, Path log) {
    try {
      var process =
          new ProcessBuilder(gantryd.toString(), "--config", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process.getOutputStream().close();
      var daemon = new DemoDaemon(process, log);
      daemon.awaitSocket(socket);
      return daemon;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM; gives the exit code. */
  int terminate() {
    process.destroy();
    return awaitEnd();
  }

  private int awaitEnd() {
    try {
      if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
        throw failed("still runs %d s after it was told to end".formatted(END.toSeconds()));
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A socket that a killed daemon left is no answer: somebody has to accept on it. */
  private void awaitSocket(Path socket) {
    var open =
        Waiting.until(START, () -> !process.isAlive() || Waiting.accepts(socket))
            && process.isAlive();
    if (!open) {
      process.destroyForcibly();
      throw failed("does not serve " + socket);
    }
  }

  private IllegalStateException failed(String what) {
    return new IllegalStateException("gantryd (pid %d) %s, see %s".formatted(pid(), what, log));
  }
}
