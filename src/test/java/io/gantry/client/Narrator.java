package io.gantry.client;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells what happens: a numbered line a step with the time it took, and quiet lines below it. */
final class Narrator {
  private static final int WIDTH = 86;

  private final PrintStream out;
  private final boolean colour;
  private int step;
  private long since = System.nanoTime();

  Narrator(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /** The time of the next step begins here: for what should not be counted. */
  void pause() {
    since = System.nanoTime();
  }

  /** A step has ended. */
  void step(String text, Object... values) {
    var took = Duration.ofNanos(System.nanoTime() - since);
    step++;
    var line = text.formatted(values);
    out.println(
        "%s %s %s"
            .formatted(
                paint("1", "%2d".formatted(step)),
                line + " ".repeat(Math.max(1, WIDTH - line.length())),
                paint("36", seconds(took))));
    since = System.nanoTime();
  }

  /** Something seen in the step above. */
  void detail(String text, Object... values) {
    out.println("   " + paint("2", "  " + text.formatted(values)));
  }

  static String seconds(Duration took) {
    return String.format(Locale.ROOT, "%6.2f s", took.toMillis() / 1000.0);
  }

  private String paint(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
