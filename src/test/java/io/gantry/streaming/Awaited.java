package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Waits, in tests, for what is to come. */
final class Awaited {
  private static final int SECONDS = 20;

  private Awaited() {}

  static <T> T of(Future<T> future) {
    assertThat(future.toCompletionStage().toCompletableFuture())
        .succeedsWithin(Duration.ofSeconds(SECONDS));
    return future.result();
  }

  static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    var next = queue.poll(SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("the next to come").isNotNull();
    return next;
  }
}
