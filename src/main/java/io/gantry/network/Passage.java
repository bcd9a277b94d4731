package io.gantry.network;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work that goes side by side, and work that must be alone: the lone one begins when all under way
 * has ended, and what comes later waits for it. Results are delivered on the caller's context.
 */
final class Passage {
  private final Set<Future<Void>> under = new HashSet<>();
  private Future<Void> alone = Future.succeededFuture();

  <T extends @Nullable Object> Future<T> beside(Supplier<Future<T>> work) {
    Promise<Void> over = Promise.promise();
    return onContext(entered(over.future()))
        .compose(_ -> work.get())
        .onComplete(
            _ -> {
              left(over.future());
              over.complete();
            });
  }

  /** One at a time. */
  Future<Void> alone(Supplier<Future<Void>> work) {
    Promise<Void> over = Promise.promise();
    return onContext(barred(over.future()))
        .compose(_ -> work.get())
        .onComplete(_ -> over.complete());
  }

  private synchronized Future<Void> entered(Future<Void> over) {
    under.add(over);
    return alone;
  }

  private synchronized void left(Future<Void> over) {
    under.remove(over);
  }

  private synchronized Future<Void> barred(Future<Void> over) {
    var before = new ArrayList<>(under);
    before.add(alone);
    alone = over;
    return Future.join(before).mapEmpty();
  }

  private static Future<Void> onContext(Future<Void> future) {
    var context = Vertx.currentContext();
    if (context == null || future.isComplete()) {
      return future;
    }
    Promise<Void> mine = Promise.promise();
    future.onComplete(_ -> context.runOnContext(_ -> mine.complete()));
    return mine.future();
  }
}
