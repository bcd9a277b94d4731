package io.gantry.api;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How often somebody may do something: a bucket of tokens for each name, filled at a rate. Confined
 * to one thread; remembers a bounded number of names, the latest.
 */
final class Pace {
  private static final int NAMES_MAX = 4096;

  private record Bucket(double left, long atNanos) {}

  private final double perSecond;
  private final double burst;
  private final LongSupplier nanos;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > NAMES_MAX;
        }
      };

  /**
   * @param burst how many at once
   * @param nanos a clock that only ever goes forward
   */
  Pace(double perSecond, double burst, LongSupplier nanos) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanos = nanos;
  }

  /** Whether there is one left; it is taken. */
  boolean take(String name) {
    var left = left(name);
    buckets.put(name, new Bucket(left < 1 ? left : left - 1, nanos.getAsLong()));
    return left >= 1;
  }

  private double left(String name) {
    var bucket = buckets.get(name);
    return bucket == null
        ? burst
        : Math.min(burst, bucket.left() + (nanos.getAsLong() - bucket.atNanos()) / 1e9 * perSecond);
  }
}
