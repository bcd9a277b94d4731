package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.image.registry.BlobFetch.Part;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A blob that goes on where its connection broke. It is asked for again from the first byte that
 * has not come; from a server that begins anew instead, what has come already is passed over. A
 * transfer that stalls has failed, as has one that breaks {@value #FRUITLESS_MAX} times without a
 * byte in between.
 *
 * <p>All on one context, but for {@link #abandon}.
 */
final class ResumedStream implements ReadStream<Buffer> {
  private static final int FRUITLESS_MAX = 5;

  /** Of one blob: a server that gives a byte a connection is not to be humoured for ever. */
  private static final int BREAKS_MAX = 1000;

  private static final long FIRST_PAUSE_MILLIS = 50;

  private final Vertx vertx;
  private final Call call;
  private final long size;
  private final LongFunction<Future<Part>> reopen;
  private final LongConsumer progress;
  private volatile BlobStream body;
  private @Nullable Handler<Buffer> onChunk;
  private @Nullable Handler<Void> onEnd;
  private @Nullable Handler<Throwable> onFailure;
  private @Nullable Throwable failure;
  private boolean flowing;
  private long received;
  private long toSkip;
  private int breaks;
  private int fruitless;
  private volatile boolean abandoned;

  /**
   * @param size of the whole blob
   * @param reopen the blob from some byte on
   * @param progress told how many bytes have come
   */
  ResumedStream(
      Vertx vertx,
      Call call,
      BlobStream body,
      long size,
      LongFunction<Future<Part>> reopen,
      LongConsumer progress) {
    this.vertx = vertx;
    this.call = call;
    this.body = body;
    this.size = size;
    this.reopen = reopen;
    this.progress = progress;
    progress.accept(0);
    listen();
  }

  private void listen() {
    body.handler(this::arrived);
    body.endHandler(_ -> ended());
    body.exceptionHandler(this::failed);
  }

  private void arrived(Buffer chunk) {
    var skipped = (int) Math.min(toSkip, chunk.length());
    toSkip -= skipped;
    if (skipped == chunk.length()) {
      return;
    }
    received += chunk.length() - skipped;
    progress.accept(received);
    fruitless = 0;
    if (onChunk != null) {
      onChunk.handle(skipped == 0 ? chunk : chunk.slice(skipped, chunk.length()));
    }
  }

  /** Some proxies end a broken transfer as if it were complete. */
  private void ended() {
    if (received < size) {
      broke(NetworkFaults.unavailable("blob: " + received + " of " + size + " bytes came", null));
    } else if (onEnd != null) {
      onEnd.handle(null);
    }
  }

  private void failed(Throwable cause) {
    if (!body.broken()) {
      fail(cause);
    } else if (received == size) {
      ended();
    } else {
      broke(cause);
    }
  }

  private void broke(Throwable cause) {
    if (++breaks > BREAKS_MAX || ++fruitless > FRUITLESS_MAX || abandoned) {
      fail(cause);
      return;
    }
    Patience.pause(vertx, call, Duration.ofMillis(FIRST_PAUSE_MILLIS << (fruitless - 1)))
        .compose(_ -> reopen.apply(received)) // what still came meanwhile counts
        .onSuccess(this::goOn)
        .onFailure(
            again -> {
              if (RuntimeFault.of(again).kind() == Kind.UNAVAILABLE) {
                broke(again);
              } else {
                fail(again);
              }
            });
  }

  private void goOn(Part part) {
    body.handler(null);
    body = part.body();
    toSkip = received - part.from();
    if (abandoned) {
      body.abandon();
      return;
    }
    listen();
    if (flowing) {
      body.resume();
    }
  }

  private void fail(Throwable cause) {
    failure = cause;
    if (onFailure != null) {
      onFailure.handle(cause);
    }
  }

  /** Ends the transfer; nothing more is told. From any thread. */
  void abandon() {
    abandoned = true;
    body.abandon();
  }

  @Override
  public ResumedStream handler(@Nullable Handler<Buffer> handler) {
    onChunk = handler;
    return this;
  }

  @Override
  public ResumedStream endHandler(@Nullable Handler<Void> handler) {
    onEnd = handler;
    return this;
  }

  /** What failed before anyone listened is told at once. */
  @Override
  public ResumedStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    onFailure = handler;
    if (failure != null && handler != null) {
      handler.handle(failure);
    }
    return this;
  }

  @Override
  public ResumedStream pause() {
    flowing = false;
    body.pause();
    return this;
  }

  @Override
  public ResumedStream resume() {
    flowing = true;
    body.resume();
    return this;
  }

  /** Of the connection there is; after a break, only {@link #resume} goes on. */
  @Override
  public ResumedStream fetch(long amount) {
    body.fetch(amount);
    return this;
  }
}
