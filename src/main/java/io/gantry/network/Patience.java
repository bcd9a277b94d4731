package io.gantry.network;

import java.time.Duration;

/**
 * The time of one operation, shared out among plugins that run one after the other: each may take
 * an even part of what is left. One that hangs cannot take the others' time, and what one does not
 * need is theirs.
 */
final class Patience {
  private final long untilNanos;
  private int left;

  Patience(Duration all, int plugins) {
    untilNanos = System.nanoTime() + all.toNanos();
    left = plugins;
  }

  /** For the next plugin. */
  Duration next() {
    var nanos = Math.max(0, untilNanos - System.nanoTime());
    return Duration.ofNanos(nanos / Math.max(1, left--));
  }
}
