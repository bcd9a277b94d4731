package io.gantry.cri;

import java.time.Instant;

/** The CRI's times: nanoseconds since 1970. */
final class Times {
  private Times() {}

  static long nanos(Instant at) {
    return Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L), at.getNano());
  }
}
