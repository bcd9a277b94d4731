package io.gantry.call;

/** For how long at least one of several things was going on. Safe from any thread. */
final class BusyTime {
  private int underWay;
  private long sinceNanos;
  private long nanos;

  /** One more begins, beside others or alone. */
  synchronized void begin(long atNanos) {
    if (underWay++ == 0) {
      sinceNanos = atNanos;
    }
  }

  /** One that was begun ends. */
  synchronized void end(long atNanos) {
    if (--underWay == 0) {
      nanos += atNanos - sinceNanos;
    }
  }

  /** Until {@code atNanos}. */
  synchronized long nanos(long atNanos) {
    return nanos + (underWay > 0 ? atNanos - sinceNanos : 0);
  }
}
