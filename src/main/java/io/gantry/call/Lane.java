package io.gantry.call;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The queue of one object's transitions: they take effect one at a time, in call order. Different
 * lanes know nothing of each other. Waiting is not a transition: nothing that waits for an exit, a
 * grace or a client belongs in a lane.
 *
 * <p>Work runs, and its future completes, on the context of whoever entered.
 */
public final class Lane {
  private final AtomicReference<Future<Void>> last =
      new AtomicReference<>(Future.succeededFuture());

  /** Runs {@code transition} once all that entered before it has ended, however that ended. */
  public <T> Future<T> enter(Supplier<Future<T>> transition) {
    Promise<Void> left = Promise.promise();
    var before = last.getAndSet(left.future());
    return onOwnContext(before)
        .compose(_ -> Futures.attempt(transition))
        .onComplete(_ -> left.complete());
  }

  private static Future<Void> onOwnContext(Future<Void> before) {
    var context = Vertx.currentContext();
    if (context == null || before.isComplete()) {
      return before;
    }
    Promise<Void> turn = Promise.promise();
    before.onComplete(_ -> context.runOnContext(_ -> turn.complete()));
    return turn.future();
  }
}
