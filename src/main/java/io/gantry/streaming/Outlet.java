package io.gantry.streaming;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import org.jspecify.annotations.Nullable;

/** What a client is sent on one stream of many. It is as full as the {@link Connection}. */
final class Outlet implements WriteStream<Buffer> {
  /** Puts a piece on the wire; {@code last} is the end of the stream. */
  interface Sender {
    Future<Void> send(Buffer data, boolean last);
  }

  private final Connection connection;
  private final Sender sender;
  private boolean closed;

  Outlet(Connection connection, Sender sender) {
    this.connection = connection;
    this.sender = sender;
  }

  /** Nothing more can be said here: writes fail. */
  void cut() {
    closed = true;
  }

  boolean closed() {
    return closed;
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (closed) {
      return Future.failedFuture(
          RuntimeFault.unavailable("stream: closed by the client (expected: open)", null));
    }
    return data.length() == 0 ? Future.succeededFuture() : sender.send(data, false);
  }

  @Override
  public Future<Void> end() {
    if (closed) {
      return Future.succeededFuture();
    }
    closed = true;
    return sender.send(Buffer.buffer(), true);
  }

  /** The queue is that of the connection. */
  @Override
  public Outlet setWriteQueueMaxSize(int bytes) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return !closed && connection.full();
  }

  @Override
  public Outlet drainHandler(@Nullable Handler<Void> handler) {
    if (handler != null) {
      connection.whenDrained(() -> handler.handle(null));
    }
    return this;
  }

  /** Failures are those of the writes. */
  @Override
  public Outlet exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }
}
