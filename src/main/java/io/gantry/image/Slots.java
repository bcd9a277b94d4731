package io.gantry.image;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** So many pieces of work at once; the others wait in line, and start on their own contexts. */
final class Slots {
  private record Waiting(@Nullable Context context, Promise<Void> turn) {
    void go() {
      if (context == null) {
        turn.complete();
      } else {
        context.runOnContext(_ -> turn.complete());
      }
    }
  }

  private final Deque<Waiting> line = new ArrayDeque<>();
  private int free;

  Slots(int count) {
    this.free = count;
  }

  <T> Future<T> run(Supplier<Future<T>> work) {
    return entered().compose(_ -> work.get()).onComplete(_ -> leave());
  }

  private synchronized Future<Void> entered() {
    if (free > 0) {
      free--;
      return Future.succeededFuture();
    }
    var waiting = new Waiting(Vertx.currentContext(), Promise.promise());
    line.add(waiting);
    return waiting.turn().future();
  }

  private synchronized void leave() {
    var next = line.poll();
    if (next == null) {
      free++;
    } else {
      next.go();
    }
  }
}
