package io.gantry.streaming;

import io.gantry.client.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command at a terminal, which script(1) makes: what is typed, and what is shown. */
final class PseudoTerminal implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration MOMENT = Duration.ofMillis(500);

  private final StringBuffer shown = new StringBuffer();
  private final Path name;
  private final Process script;
  private final Thread reader;
  private int seen;

  /** Starts it; {@code folder} is for the terminal's name. */
  PseudoTerminal(Path folder, int rows, int columns, List<String> command) throws IOException {
    name = Files.createTempFile(folder, "tty", "");
    var line =
        "stty rows %d cols %d; tty >%s; exec %s"
            .formatted(rows, columns, name, String.join(" ", command));
    script =
        new ProcessBuilder("script", "-qec", line, "/dev/null").redirectErrorStream(true).start();
    reader = Thread.ofPlatform().start(this::read);
  }

  private void read() {
    try (var from = script.getInputStream()) {
      var bytes = new byte[4096];
      for (var count = from.read(bytes); count >= 0; count = from.read(bytes)) {
        shown.append(new String(bytes, 0, count, StandardCharsets.UTF_8));
      }
    } catch (IOException closed) {
      shown.append('[').append(closed.getMessage()).append(']');
    }
  }

  void type(String text) throws IOException {
    script.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    script.getOutputStream().flush();
  }

  /** Whether this is shown, behind what was shown before; it is waited for. */
  boolean shows(String text) {
    return shows(text, PATIENCE);
  }

  private boolean shows(String text, Duration patience) {
    if (!Waiting.until(patience, () -> shown.indexOf(text, seen) >= 0)) {
      return false;
    }
    seen = shown.indexOf(text, seen) + text.length();
    return true;
  }

  /** Types a line over and over until it is answered so. */
  boolean showsAtLast(String line, String answer) throws IOException {
    var begun = System.nanoTime();
    while (System.nanoTime() - begun < PATIENCE.toNanos()) {
      type(line + "\n");
      if (shows(answer, MOMENT)) {
        return true;
      }
    }
    return false;
  }

  /** Changes its size; who runs at the terminal is told by a signal. */
  void resize(int rows, int columns) throws Exception {
    new ProcessBuilder(
            "stty", "-F", Files.readString(name).strip(), "rows", "" + rows, "cols", "" + columns)
        .inheritIO()
        .start()
        .waitFor();
  }

  /** Waits for the end of the command: its exit code. */
  int exit() throws Exception {
    if (!script.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("goes on: " + this);
    }
    reader.join();
    return script.exitValue();
  }

  /** Takes the terminal away. */
  @Override
  public void close() {
    script.destroy();
  }

  /** All that was shown. */
  @Override
  public String toString() {
    return shown.toString();
  }
}
