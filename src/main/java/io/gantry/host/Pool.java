package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Work that blocks, on a few platform threads; answered on the context of the caller. */
final class Pool {
  /** Unpacking a large layer takes minutes; a thread that is busy longer is worth a warning. */
  private static final long WARN_AFTER_MINUTES = 10;

  private final WorkerExecutor executor;

  private Pool(WorkerExecutor executor) {
    this.executor = executor;
  }

  static Pool of(Vertx vertx, String name, int threads) {
    return new Pool(
        vertx.createSharedWorkerExecutor(name, threads, WARN_AFTER_MINUTES, TimeUnit.MINUTES));
  }

  /** Runs {@code work} beside what else the pool does; UNAVAILABLE once the pool is closed. */
  @SuppressWarnings("NullAway") // Vert.x's own signatures say nothing of null
  <T extends @Nullable Object> Future<T> run(Callable<T> work) {
    try {
      return executor.executeBlocking(() -> Faults.thrown(work), false);
    } catch (RejectedExecutionException closed) {
      return Future.failedFuture(RuntimeFault.unavailable("host: closed (expected: open)", closed));
    }
  }

  /** The same for work without a result. */
  Future<Void> act(Disk.Action work) {
    return run(() -> {
          work.run();
          return true;
        })
        .mapEmpty();
  }

  Future<Void> close() {
    return executor.close();
  }
}
