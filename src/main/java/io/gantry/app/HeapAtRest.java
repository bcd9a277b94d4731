package io.gantry.app;

import io.gantry.call.Journal;
import io.vertx.core.Vertx;

/**
 * Collects the whole heap once much has come and gone and nothing is under way, and once very much
 * has whatever is. The serial collector would let it grow to its cap before it looked at what is
 * old, and give nothing back.
 */
final class HeapAtRest {
  private static final long EVERY_MILLIS = 10_000;
  private static final long GROWN_BYTES = 12L << 20;
  private static final long OVERGROWN_BYTES = 64L << 20;

  private final Journal journal;
  private long leftBytes;
  private boolean owed;

  HeapAtRest(Journal journal) {
    this.journal = journal;
  }

  void watch(Vertx vertx) {
    vertx.setPeriodic(EVERY_MILLIS, _ -> look());
  }

  private void look() {
    var rest = atRest();
    var grown = takenBytes() - leftBytes;
    if (grown > OVERGROWN_BYTES || (rest && (grown > GROWN_BYTES || owed))) {
      System.gc(); // some 50 ms, for which nobody waits who asks for nothing
      leftBytes = takenBytes();
      owed = !rest; // what was alive in the middle of it is dead later
    }
  }

  /** Streams of events are always open, and do nothing. */
  private boolean atRest() {
    return journal.entries().stream().allMatch(call -> call.now().isEmpty());
  }

  /** What the heap takes of the host's memory, whether anything is in it or not. */
  private static long takenBytes() {
    return Runtime.getRuntime().totalMemory();
  }
}
