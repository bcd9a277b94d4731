package io.gantry.events;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/** Publishes that there is something new; at most one publication waits to be sent. */
final class BusWaker {
  private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

  private final Vertx vertx;
  private final Context context;
  private final AtomicBoolean waiting = new AtomicBoolean();

  BusWaker(Vertx vertx) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
  }

  void wake(LongSupplier newest) {
    if (!waiting.compareAndSet(false, true)) {
      return;
    }
    try {
      context.runOnContext(_ -> publish(newest));
    } catch (RejectedExecutionException closed) {
      // The event loops have ended, so nobody is left to be woken. It stays marked as waiting: the
      // writer need not try again.
    }
  }

  private void publish(LongSupplier newest) {
    waiting.set(false); // before reading the newest: what comes later publishes again
    vertx.eventBus().publish(FactRing.ADDRESS, newest.getAsLong(), LOCAL);
  }
}
