package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that blocks, on a few platform threads; answered on the context of the caller. */
final class Pool {
  private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

  private final Vertx vertx;
  private final ExecutorService threads;

  private Pool(Vertx vertx, ExecutorService threads) {
    this.vertx = vertx;
    this.threads = threads;
  }

  static Pool of(Vertx vertx, String name, int threads) {
    var factory = Thread.ofPlatform().name(name + "-", 0).daemon().factory();
    return new Pool(vertx, Executors.newFixedThreadPool(threads, factory));
  }

  /** Runs {@code work} beside what else the pool does; UNAVAILABLE once the pool is closed. */
  <T extends @Nullable Object> Future<T> run(Callable<T> work) {
    Promise<T> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
    try {
      threads.execute(() -> answer(work, answer));
    } catch (RejectedExecutionException closed) {
      return Future.failedFuture(RuntimeFault.unavailable("host: closed (expected: open)", closed));
    }
    return answer.future();
  }

  private static <T extends @Nullable Object> void answer(Callable<T> work, Promise<T> answer) {
    try {
      complete(work, answer);
    } catch (RejectedExecutionException gone) {
      // The caller's event loop has ended: nobody can hear the answer.
      LOG.atDebug().addKeyValue("error", gone.getMessage()).log("nobody is left to be answered");
    }
  }

  private static <T extends @Nullable Object> void complete(Callable<T> work, Promise<T> answer) {
    T result;
    try {
      result = Faults.thrown(work);
    } catch (Throwable thrown) { // whatever it is, the caller must hear of it
      answer.fail(thrown);
      return;
    }
    answer.complete(result);
  }

  /** The same for work without a result. */
  Future<Void> act(Disk.Action work) {
    return run(() -> {
          work.run();
          return true;
        })
        .mapEmpty();
  }

  /** Interrupts what is under way; what has not begun is not answered. */
  Future<Void> close() {
    threads.shutdownNow();
    return Future.succeededFuture();
  }
}
