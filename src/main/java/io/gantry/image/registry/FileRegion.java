package io.gantry.image.registry;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A file that is closed once: when it has been read to where its reader wants it, or before. */
final class FileRegion implements ReadStream<Buffer> {
  private final AsyncFile file;
  private final AtomicBoolean closed = new AtomicBoolean();

  FileRegion(AsyncFile file) {
    this.file = file;
  }

  /** From any thread. */
  void close() {
    if (closed.compareAndSet(false, true)) {
      file.close();
    }
  }

  @Override
  public FileRegion exceptionHandler(@Nullable Handler<Throwable> handler) {
    if (!closed.get()) {
      file.exceptionHandler(handler);
    }
    return this;
  }

  @Override
  public FileRegion handler(@Nullable Handler<Buffer> handler) {
    if (!closed.get()) {
      file.handler(handler);
    }
    return this;
  }

  @Override
  public FileRegion endHandler(@Nullable Handler<Void> handler) {
    if (!closed.get()) {
      file.endHandler(
          _ -> {
            close();
            if (handler != null) {
              handler.handle(null);
            }
          });
    }
    return this;
  }

  @Override
  public FileRegion pause() {
    if (!closed.get()) {
      file.pause();
    }
    return this;
  }

  @Override
  public FileRegion resume() {
    if (!closed.get()) {
      file.resume();
    }
    return this;
  }

  @Override
  public FileRegion fetch(long amount) {
    if (!closed.get()) {
      file.fetch(amount);
    }
    return this;
  }
}
