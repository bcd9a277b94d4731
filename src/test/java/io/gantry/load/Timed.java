package io.gantry.load;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The answer to a call, and how long it took to come: until it arrived on the client's event loop,
 * not until this thread was awake.
 */
record Timed<T>(T answer, double millis) {
  private static final int PATIENCE_SECONDS = 300;

  static <T> Timed<T> of(Supplier<Future<T>> call) {
    var ended = new AtomicLong();
    var begun = System.nanoTime();
    var answer = await(call.get().onComplete(_ -> ended.set(System.nanoTime())));
    return new Timed<>(answer, (ended.get() - begun) / 1e6);
  }

  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer within " + PATIENCE_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
