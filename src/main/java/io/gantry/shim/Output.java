package io.gantry.shim;

import io.gantry.host.Fifos;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * One output of a process, as its shim copies it. It ends when the shim has come to its end, or
 * after {@link #finish} once nothing has come for a while: somebody else may hold what the shim
 * reads from, for ever. Used on the context that opened it.
 */
final class Output implements ReadStream<Buffer> {
  /** A shim that has something to copy does so sooner, however busy the host. */
  private static final long QUIET_MILLIS = 1000;

  private final Vertx vertx;
  private final Fifos.Source source;
  private final Promise<Void> ended = Promise.promise();
  private long seenBytes;
  private @Nullable Handler<Void> endHandler;

  Output(Vertx vertx, Fifos.Source source) {
    this.vertx = vertx;
    this.source = source;
    source.stream()
        .endHandler(
            _ -> {
              ended.complete();
              if (endHandler != null) {
                endHandler.handle(null);
              }
            });
  }

  /** Complete when all has been handed over, and nothing more will be. */
  Future<Void> ended() {
    return ended.future();
  }

  /** Complete when what waits now has been read. */
  Future<Void> settled() {
    return source.settled();
  }

  /** The process has ended. */
  void finish() {
    look(-1);
  }

  private void look(long before) {
    if (ended.future().isComplete()) {
      return;
    }
    source
        .settled()
        .onComplete(
            _ -> {
              var now = seenBytes;
              if (now == before) {
                source.close();
              } else {
                vertx.setTimer(QUIET_MILLIS, _ -> look(now));
              }
            });
  }

  void close() {
    source.close();
  }

  @Override
  public Output handler(@Nullable Handler<Buffer> handler) {
    source.stream()
        .handler(
            handler == null
                ? null
                : bytes -> {
                  seenBytes += bytes.length();
                  handler.handle(bytes);
                });
    return this;
  }

  @Override
  public Output endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    if (ended.future().isComplete() && endHandler != null) {
      endHandler.handle(null);
    }
    return this;
  }

  @Override
  public Output exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    source.stream().exceptionHandler(exceptionHandler);
    return this;
  }

  @Override
  public Output pause() {
    source.stream().pause();
    return this;
  }

  @Override
  public Output resume() {
    source.stream().resume();
    return this;
  }

  @Override
  public Output fetch(long amount) {
    source.stream().fetch(amount);
    return this;
  }
}
