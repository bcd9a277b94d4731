package io.gantry.app;

import io.gantry.call.Journal;
import io.vertx.core.Vertx;
import java.util.function.LongSupplier;

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
  private final LongSupplier takenBytes;
  private final Runnable collection;
  private long leftBytes;
  private boolean owed;

  /** Of this JVM. */
  HeapAtRest(Journal journal) {
    this(journal, () -> Runtime.getRuntime().totalMemory(), System::gc);
  }

  /**
   * @param takenBytes what the heap takes of the host's memory, whether anything is in it or not
   * @param collection collects the whole of it, and gives back what is free
   */
  HeapAtRest(Journal journal, LongSupplier takenBytes, Runnable collection) {
    this.journal = journal;
    this.takenBytes = takenBytes;
    this.collection = collection;
  }

  void watch(Vertx vertx) {
    vertx.setPeriodic(EVERY_MILLIS, _ -> look());
  }

  void look() {
    var rest = atRest();
    var grown = takenBytes.getAsLong() - leftBytes;
    if (grown > OVERGROWN_BYTES || (rest && (grown > GROWN_BYTES || owed))) {
      collection.run(); // some 50 ms, for which nobody waits who asks for nothing
      leftBytes = takenBytes.getAsLong();
      owed = !rest; // what was alive in the middle of it is dead later
    }
  }

  /** Streams of events are always open, and do nothing. */
  private boolean atRest() {
    return journal.entries().stream().allMatch(call -> call.now().isEmpty());
  }
}
