package io.gantry.call;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** Starts work so that what it throws fails its future. */
final class Futures {
  private Futures() {}

  static <T> Future<T> attempt(Supplier<? extends Future<T>> work) {
    try {
      return work.get();
    } catch (RuntimeException thrown) {
      return Future.failedFuture(thrown);
    }
  }
}
