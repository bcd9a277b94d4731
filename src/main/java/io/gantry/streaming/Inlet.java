package io.gantry.streaming;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends on one stream of many. Paused at first; what is not taken counts as waiting
 * at the {@link Connection}. Once it flows without a handler, it is thrown away.
 */
final class Inlet implements ReadStream<Buffer> {
  /** What holding a piece costs besides its bytes: many small ones must not pass for nothing. */
  private static final int PIECE_BYTES = 64;

  private final Connection connection;
  private final Deque<Buffer> waiting = new ArrayDeque<>();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private long demand;
  private boolean ended;
  private boolean draining;

  Inlet(Connection connection) {
    this.connection = connection;
  }

  /** Something came for this stream. */
  void arrived(Buffer data) {
    if (!ended && data.length() > 0) {
      waiting.add(data);
      connection.waiting(cost(data));
      drain();
    }
  }

  /** Nothing more will come. */
  void end() {
    ended = true;
    drain();
  }

  boolean ended() {
    return ended;
  }

  /** Throws away what waits and what is still to come, up to the end. */
  void discard() {
    handler = null;
    resume();
  }

  @Override
  public Inlet handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    drain();
    return this;
  }

  @Override
  public Inlet endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    drain();
    return this;
  }

  /** It never fails: when a client is lost, its streams have no end. */
  @Override
  public Inlet exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public Inlet pause() {
    demand = 0;
    return this;
  }

  @Override
  public Inlet resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public Inlet fetch(long amount) {
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
      while (demand > 0 && !waiting.isEmpty()) {
        demand -= demand == Long.MAX_VALUE ? 0 : 1;
        hand(waiting.remove());
      }
      if (ended && demand > 0 && endHandler != null) {
        var told = endHandler;
        endHandler = null;
        told.handle(null);
      }
    } finally {
      draining = false;
    }
  }

  private void hand(Buffer data) {
    if (handler != null) {
      handler.handle(data);
    }
    connection.taken(cost(data));
  }

  private static int cost(Buffer data) {
    return data.length() + PIECE_BYTES;
  }
}
