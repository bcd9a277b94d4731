package io.gantry.driver;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** A result that comes once, and is told to each who asks, on their own context. */
public final class Outcome<T> {
  private final Promise<T> promise = Promise.promise();

  private Outcome() {}

  /** One that is not known yet. */
  public static <T> Outcome<T> pending() {
    return new Outcome<>();
  }

  /** The first one counts. */
  public boolean settle(T result) {
    return promise.tryComplete(result);
  }

  public boolean settled() {
    return promise.future().isComplete();
  }

  public Future<T> future() {
    var result = promise.future();
    var context = Vertx.currentContext();
    if (context == null || result.isComplete()) {
      return result;
    }
    Promise<T> mine = Promise.promise();
    result.onComplete(done -> context.runOnContext(_ -> mine.handle(done)));
    return mine.future();
  }
}
