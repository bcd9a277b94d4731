package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.metrics.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A response's body that is counted, and fails when it stands still. Time during which its reader
 * has paused it does not count: a slow disk is not a stalled registry.
 */
final class BlobStream implements ReadStream<Buffer> {
  private final Vertx vertx;
  private final Context context;
  private final HttpClientResponse response;
  private final String origin;
  private final Duration stallTimeout;
  private final Metrics metrics;
  private final Runnable unwatch;
  private final long timer;
  private @Nullable Handler<Buffer> onChunk;
  private @Nullable Handler<Void> onEnd;
  private @Nullable Handler<Throwable> onFailure;
  private boolean flowing;
  private boolean over;
  private boolean broken;
  private @Nullable Throwable failure;
  private long lastNanos = System.nanoTime();

  private BlobStream(
      Vertx vertx,
      Call call,
      HttpClientResponse response,
      String origin,
      Duration stallTimeout,
      Metrics metrics) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.response = response;
    this.origin = origin;
    this.stallTimeout = stallTimeout;
    this.metrics = metrics;
    this.timer = vertx.setPeriodic(Math.max(1, stallTimeout.toMillis() / 4), _ -> checkForStall());
    this.unwatch =
        call.onCancel(() -> call.over().ifPresent(fault -> context.runOnContext(_ -> fail(fault))));
  }

  /** Takes over a paused response. On the response's context. */
  static BlobStream of(
      Vertx vertx,
      Call call,
      HttpClientResponse response,
      String origin,
      Duration stallTimeout,
      Metrics metrics) {
    var stream = new BlobStream(vertx, call, response, origin, stallTimeout, metrics);
    response.handler(stream::arrived);
    response.endHandler(_ -> stream.ended());
    response.exceptionHandler(cause -> stream.breakOff(NetworkFaults.of(origin, cause)));
    return stream;
  }

  private void arrived(Buffer chunk) {
    lastNanos = System.nanoTime();
    metrics.pulledBytes(chunk.length());
    if ((!over || broken) && onChunk != null) {
      onChunk.handle(chunk);
    }
  }

  private void ended() {
    if (finish() && onEnd != null) {
      onEnd.handle(null);
    }
  }

  private void checkForStall() {
    if (flowing && System.nanoTime() - lastNanos > stallTimeout.toNanos()) {
      fail(NetworkFaults.stalled(origin, stallTimeout));
    }
  }

  /** What has come already, and waits because its reader had paused, is still given to it. */
  private void breakOff(Throwable cause) {
    if (finish()) {
      broken = true;
      response.resume();
      tell(cause);
    }
  }

  /** Whether it was the connection that failed, rather than patience or the call. */
  boolean broken() {
    return broken;
  }

  private void fail(Throwable cause) {
    if (finish()) {
      response.request().reset();
      tell(cause);
    }
  }

  private void tell(Throwable cause) {
    failure = cause;
    if (onFailure != null) {
      onFailure.handle(cause);
    }
  }

  private boolean finish() {
    if (over) {
      return false;
    }
    over = true;
    vertx.cancelTimer(timer);
    unwatch.run();
    return true;
  }

  /** Ends the transfer; nothing more is told. From any thread. */
  void abandon() {
    context.runOnContext(
        _ -> {
          if (finish()) {
            response.request().reset();
          }
        });
  }

  /** Fails the transfer for a reason of its reader's. On the context. */
  void refuse(RuntimeFault fault) {
    fail(fault);
  }

  @Override
  public BlobStream handler(@Nullable Handler<Buffer> handler) {
    onChunk = handler;
    return this;
  }

  @Override
  public BlobStream endHandler(@Nullable Handler<Void> handler) {
    onEnd = handler;
    return this;
  }

  /** What failed before anyone listened is told at once. */
  @Override
  public BlobStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    onFailure = handler;
    if (failure != null && handler != null) {
      handler.handle(failure);
    }
    return this;
  }

  @Override
  public BlobStream pause() {
    flowing = false;
    response.pause();
    return this;
  }

  @Override
  public BlobStream resume() {
    if (!over) {
      flowing = true;
      lastNanos = System.nanoTime();
      response.resume();
    }
    return this;
  }

  @Override
  public BlobStream fetch(long amount) {
    response.fetch(amount);
    return this;
  }
}
