package io.gantry.events;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;

/**
 * The newest facts, in memory. One thread appends; any number read, each at its own pace, without a
 * lock. What a slow reader has not read in time is overwritten, and it is told the {@link Batch.Gap
 * gap}.
 */
public interface FactRing<T> {
  /** Where the sequence of the newest fact is published, as a {@code Long}. */
  String ADDRESS = "gantry.facts";

  /** An empty ring that wakes readers over the event bus of {@code vertx}. */
  static <T> FactRing<T> of(Vertx vertx, EventsConfig config) {
    return new ArrayFactRing<>(config.kept(), new BusWaker(vertx));
  }

  /**
   * Hears that there may be something new. Several facts can share a wake-up and the bus may drop
   * one under load: ask a {@link Cursor} what there is, and ask again now and then.
   */
  static MessageConsumer<Long> subscribe(Vertx vertx, Handler<Long> woken) {
    return vertx.eventBus().localConsumer(ADDRESS, message -> woken.handle(message.body()));
  }

  /**
   * Facts up to {@code sequence} exist, but not here: readers that want them are told a gap at once
   * instead of after the next fact. For the start of a daemon, on the thread that appends or before
   * it does.
   */
  void startAfter(long sequence);

  /**
   * Adds a fact and wakes the readers. Always on the same thread; never blocks.
   *
   * @param sequence the previous one plus one; if it is further, the ring forgets what it has, for
   *     the facts between exist elsewhere
   * @throws IllegalArgumentException if the sequence is not after {@link #newest}
   */
  void append(long sequence, T payload);

  /** The sequence of the newest fact; 0 if there is none. */
  long newest();

  /**
   * A reader's place after {@code sequence}. One beyond {@link #newest} hears nothing until facts
   * have come that far.
   */
  Cursor<T> after(long sequence);
}
