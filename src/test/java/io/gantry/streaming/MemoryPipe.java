package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A pipe in memory, with back-pressure; a write succeeds when it has been read. Confined to one
 * context.
 */
final class MemoryPipe implements ReadStream<Buffer>, WriteStream<Buffer> {
  private static final int FULL_BYTES = 64 * 1024;

  private record Written(Buffer data, Promise<Void> taken) {}

  private final Deque<Written> queue = new ArrayDeque<>();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Void> drainHandler;
  private long demand = Long.MAX_VALUE;
  private long queued;
  private long passed;
  private boolean ended;
  private boolean draining;

  /** How many bytes have been read. */
  long passed() {
    return passed;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (ended) {
      return Future.failedFuture("pipe: ended");
    }
    var written = new Written(data, Promise.promise());
    queue.add(written);
    queued += data.length();
    drain();
    return written.taken().future();
  }

  @Override
  public Future<Void> end() {
    ended = true;
    drain();
    return Future.succeededFuture();
  }

  @Override
  public MemoryPipe setWriteQueueMaxSize(int size) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return queued >= FULL_BYTES;
  }

  @Override
  public MemoryPipe drainHandler(@Nullable Handler<Void> handler) {
    drainHandler = handler;
    return this;
  }

  @Override
  public MemoryPipe exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public MemoryPipe handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    drain();
    return this;
  }

  @Override
  public MemoryPipe endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    drain();
    return this;
  }

  @Override
  public MemoryPipe pause() {
    demand = 0;
    return this;
  }

  @Override
  public MemoryPipe resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public MemoryPipe fetch(long amount) {
    demand = amount > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + amount;
    drain();
    return this;
  }

  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    while (handler != null && demand > 0 && !queue.isEmpty()) {
      var written = queue.remove();
      var next = written.data();
      demand -= demand == Long.MAX_VALUE ? 0 : 1;
      queued -= next.length();
      passed += next.length();
      handler.handle(next);
      written.taken().complete();
      if (drainHandler != null && queued < FULL_BYTES / 2) {
        var told = drainHandler;
        drainHandler = null;
        told.handle(null);
      }
    }
    draining = false;
    if (ended && queue.isEmpty() && demand > 0 && endHandler != null) {
      var told = endHandler;
      endHandler = null;
      told.handle(null);
    }
  }
}
