package io.gantry.state;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A future for the thread that asks, completed on its context by the writer's thread. */
final class Answer<T extends @Nullable Object> {
  private static final Logger LOG = LoggerFactory.getLogger(Answer.class);

  private final Context context;
  private final Promise<T> promise = Promise.promise();

  private Answer(Context context) {
    this.context = context;
  }

  /** For whoever calls this. */
  static <T extends @Nullable Object> Answer<T> to(Vertx vertx) {
    return new Answer<>(vertx.getOrCreateContext());
  }

  Future<T> future() {
    return promise.future();
  }

  void succeed(T result) {
    give(p -> p.complete(result));
  }

  void fail(Throwable cause) {
    give(p -> p.fail(cause));
  }

  private void give(Consumer<Promise<T>> completion) {
    try {
      context.runOnContext(_ -> completion.accept(promise));
    } catch (RejectedExecutionException gone) {
      // The event loop has ended: nobody can hear the answer, and the writer must go on.
      LOG.atDebug().addKeyValue("error", gone.getMessage()).log("nobody is left to be answered");
    }
  }
}
