package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;

/**
 * Work that changes the thread it runs on: its namespaces, or its working directory. The thread is
 * made for it and ends with it, so that nothing else ever runs on it.
 */
final class OwnThread {
  private final Vertx vertx;
  private final EpollLoop loop;

  OwnThread(Vertx vertx, EpollLoop loop) {
    this.vertx = vertx;
    this.loop = loop;
  }

  /**
   * Runs {@code work} on a thread of its own; answers on the context of the caller.
   *
   * <p>The answer goes through the loop: a thread inherits the namespaces of the one that starts
   * it, and an answer may be what starts the thread of a Vert.x event loop.
   */
  <T> Future<T> run(Callable<T> work) {
    var answer = ((ContextInternal) vertx.getOrCreateContext()).<T>promise();
    Thread.ofPlatform()
        .name("gantry-apart")
        .daemon()
        .start(
            () -> {
              var done = answered(work, answer);
              loop.execute(done);
            });
    return answer.future();
  }

  private static <T> Runnable answered(Callable<T> work, Promise<T> answer) {
    try {
      var result = work.call();
      return () -> answer.complete(result);
    } catch (Throwable thrown) { // whatever it is, the caller must hear of it
      return () -> answer.fail(Faults.of(thrown));
    }
  }
}
