package io.gantry.events;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Pumps a cursor on one context; wake-ups, resuming and a slow timer all start the same pump. */
final class RingReader<T> implements FactReader<T> {
  /** Facts taken from the ring at once, and handled before other work of the context has a turn. */
  private static final int BURST = 64;

  /** What {@link #start} gave. The cursor and the facts it fetched belong to the context. */
  private record Started<T>(
      Context context,
      Cursor<T> cursor,
      Deque<Entry<T>> fetched,
      Handler<Entry<T>> facts,
      Handler<Batch.Gap<T>> gaps,
      MessageConsumer<Long> wakeUps,
      long timer) {}

  private final Vertx vertx;
  private final FactRing<T> ring;
  private final Duration recheck;
  private final AtomicReference<@Nullable Started<T>> started = new AtomicReference<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean paused;
  private volatile boolean closed;

  RingReader(Vertx vertx, FactRing<T> ring, Duration recheck) {
    this.vertx = vertx;
    this.ring = ring;
    this.recheck = recheck;
  }

  @Override
  public void start(long sequence, Handler<Entry<T>> facts, Handler<Batch.Gap<T>> gaps) {
    var begun =
        new Started<>(
            vertx.getOrCreateContext(),
            ring.after(sequence),
            new ArrayDeque<>(),
            facts,
            gaps,
            FactRing.subscribe(vertx, _ -> wake()),
            vertx.setPeriodic(recheck.toMillis(), _ -> wake()));
    if (closed || !started.compareAndSet(null, begun)) {
      end(begun);
      throw new IllegalStateException("a fact reader starts once");
    }
    wake();
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    wake();
  }

  @Override
  public Future<Void> close() {
    closed = true;
    var begun = started.get();
    return begun == null ? Future.succeededFuture() : end(begun);
  }

  private Future<Void> end(Started<T> begun) {
    vertx.cancelTimer(begun.timer);
    return begun.wakeUps.unregister();
  }

  private void wake() {
    var begun = started.get();
    if (begun != null && flowing() && scheduled.compareAndSet(false, true)) {
      begun.context.runOnContext(_ -> pump(begun));
    }
  }

  private boolean flowing() {
    return !paused && !closed;
  }

  private void pump(Started<T> begun) {
    scheduled.set(false); // first: a handler that throws must not stop the pump for good
    for (var left = BURST; left > 0; left--) {
      if (!flowing() || !step(begun)) {
        return;
      }
    }
    wake();
  }

  /** Handles one fact or gap; false if there was nothing. */
  private boolean step(Started<T> begun) {
    var next = begun.fetched.poll();
    if (next != null) {
      begun.facts.handle(next);
      return true;
    }
    return switch (begun.cursor.poll(BURST)) {
      case Batch.Facts<T>(var entries) -> begun.fetched.addAll(entries);
      case Batch.Gap<T> gap -> {
        begun.gaps.handle(gap);
        yield true;
      }
      case Batch.UpToDate<T> _ -> false;
    };
  }
}
