package io.gantry.events;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Brings facts to a verticle, in order, as fast as the verticle takes them.
 *
 * <p>Both handlers run on the context that called {@link #start}, never at the same time. Pausing
 * takes effect before the next fact, also from within a handler: an owner that wants to fill a gap
 * from the outbox pauses, reads, and resumes, and the facts after the gap wait meanwhile. While it
 * is paused it may fall behind, which is another gap.
 */
public interface FactReader<T> {
  static <T> FactReader<T> of(Vertx vertx, FactRing<T> ring) {
    return new RingReader<>(vertx, ring, Duration.ofSeconds(1));
  }

  /** Begins with the fact after {@code sequence}. Once only. */
  void start(long sequence, Handler<Entry<T>> facts, Handler<Batch.Gap<T>> gaps);

  /** From any thread. */
  void pause();

  /** From any thread. */
  void resume();

  /** From any thread; on the reader's own context, no handler runs after it has returned. */
  Future<Void> close();
}
