package io.gantry.events;

import io.gantry.errors.RuntimeFault;

/**
 * How much is remembered in memory.
 *
 * @param kept how many of the newest facts stay in memory; a reader that falls further behind is
 *     told a gap
 */
public record EventsConfig(int kept) {
  private static final int KEPT_MAX = 1 << 20;

  public EventsConfig {
    if (kept < 1 || kept > KEPT_MAX) {
      throw RuntimeFault.invalid("events.kept: " + kept + " (expected: 1 to " + KEPT_MAX + ")");
    }
  }

  public static EventsConfig defaults() {
    return new EventsConfig(4096);
  }
}
