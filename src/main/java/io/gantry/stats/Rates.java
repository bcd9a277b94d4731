package io.gantry.stats;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How fast processor time goes by, from the last two readings that lie far enough apart: several
 * clients may ask one shortly after the other.
 */
final class Rates {
  private static final Duration APART = Duration.ofSeconds(1);

  private record Reading(Instant at, long nanos, OptionalLong rate) {
    Reading then(Instant later, long nanosLater) {
      var elapsed = Duration.between(at, later);
      if (nanosLater < nanos || elapsed.isNegative()) { // the group is a new one, or the clock is
        return new Reading(later, nanosLater, OptionalLong.empty());
      }
      if (elapsed.compareTo(APART) < 0) {
        return this;
      }
      var perSecond = (double) (nanosLater - nanos) / elapsed.toNanos() * 1e9;
      return new Reading(later, nanosLater, OptionalLong.of(Math.round(perSecond)));
    }
  }

  private final ConcurrentMap<String, Reading> readings = new ConcurrentHashMap<>();

  /** Nanoseconds a second, with the reading of {@code nanos} at {@code at} taken in. */
  OptionalLong after(String id, Instant at, long nanos) {
    return readings.merge(
            id,
            new Reading(at, nanos, OptionalLong.empty()),
            (last, now) -> last.then(now.at, now.nanos))
        .rate;
  }

  /** Forgets all but these. */
  void keep(Collection<String> ids) {
    readings.keySet().retainAll(ids);
  }

  int size() {
    return readings.size();
  }
}
