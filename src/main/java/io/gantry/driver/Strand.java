package io.gantry.driver;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** One of the outputs that share a connection. Used on one context. */
public final class Strand implements ReadStream<Buffer> {
  private static final int BYTES_MAX = 128 << 10;

  private final Runnable taken;
  private final Deque<Buffer> pending = new ArrayDeque<>();
  private int pendingBytes;
  private long demand = Long.MAX_VALUE;
  private boolean ended;
  private boolean draining;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;

  private Strand(Runnable taken) {
    this.taken = taken;
  }

  /**
   * An empty one.
   *
   * @param taken called when something has been handed over
   */
  public static Strand telling(Runnable taken) {
    return new Strand(taken);
  }

  /** Whether the reader is so far behind that it is to get no more for now. */
  public boolean full() {
    return pendingBytes >= BYTES_MAX;
  }

  public void add(Buffer bytes) {
    pending.add(bytes);
    pendingBytes += bytes.length();
    drain();
  }

  public void end() {
    ended = true;
    drain();
  }

  @Override
  public Strand handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    drain();
    return this;
  }

  @Override
  public Strand endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    drain();
    return this;
  }

  /** A connection that breaks ends. */
  @Override
  public Strand exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    return this;
  }

  @Override
  public Strand pause() {
    demand = 0;
    return this;
  }

  @Override
  public Strand resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public Strand fetch(long amount) {
    demand = amount > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + amount;
    drain();
    return this;
  }

  private void drain() {
    if (draining) { // called by the handler that is running further down this stack
      return;
    }
    draining = true;
    try {
      while (handler != null && demand > 0 && !pending.isEmpty()) {
        demand -= demand == Long.MAX_VALUE ? 0 : 1;
        var next = pending.remove();
        pendingBytes -= next.length();
        handler.handle(next);
        taken.run();
      }
      if (ended && pending.isEmpty() && demand > 0 && endHandler != null) {
        var told = endHandler;
        endHandler = null;
        told.handle(null);
      }
    } finally {
      draining = false;
    }
  }
}
