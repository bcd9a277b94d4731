package io.gantry.streaming;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Output without an end, as fast as somebody takes it. */
final class Endless implements ReadStream<Buffer> {
  private static final Buffer PIECE = Buffer.buffer("y\n".repeat(16 * 1024));

  private final Context context;
  private final AtomicLong given = new AtomicLong();
  private @Nullable Handler<Buffer> handler;
  private boolean flowing = true;
  private boolean scheduled;
  private boolean stopped;

  Endless(Context context) {
    this.context = context;
  }

  /** How many bytes have been taken so far. */
  long given() {
    return given.get();
  }

  void stop() {
    stopped = true;
  }

  private void schedule() {
    if (!scheduled && flowing && !stopped && handler != null) {
      scheduled = true;
      context.runOnContext(
          _ -> {
            scheduled = false;
            if (flowing && handler != null) {
              given.addAndGet(PIECE.length());
              handler.handle(PIECE);
              schedule();
            }
          });
    }
  }

  @Override
  public Endless handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    schedule();
    return this;
  }

  @Override
  public Endless pause() {
    flowing = false;
    return this;
  }

  @Override
  public Endless resume() {
    flowing = true;
    schedule();
    return this;
  }

  @Override
  public Endless fetch(long amount) {
    return resume();
  }

  @Override
  public Endless endHandler(@Nullable Handler<Void> handler) {
    return this;
  }

  @Override
  public Endless exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }
}
