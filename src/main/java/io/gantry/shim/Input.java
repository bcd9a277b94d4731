package io.gantry.shim;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The input of a process in the hands of one client.
 *
 * @param ending what its end means: to the process, or to this client alone
 */
record Input(WriteStream<Buffer> stream, Supplier<Future<Void>> ending)
    implements WriteStream<Buffer> {
  @Override
  public Future<Void> write(Buffer data) {
    return stream.write(data);
  }

  @Override
  public Future<Void> end() {
    return ending.get();
  }

  @Override
  public Input exceptionHandler(@Nullable Handler<Throwable> handler) {
    stream.exceptionHandler(handler);
    return this;
  }

  @Override
  public Input setWriteQueueMaxSize(int maxSize) {
    stream.setWriteQueueMaxSize(maxSize);
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return stream.writeQueueFull();
  }

  @Override
  public Input drainHandler(@Nullable Handler<Void> handler) {
    stream.drainHandler(handler);
    return this;
  }
}
