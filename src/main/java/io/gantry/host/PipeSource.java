package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.ReadStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a pipe as a stream.
 *
 * <pre>
 *   pipe ──loop: read while credits──► runOnContext ──context: pending while paused──► handler
 *     ▲                                                                                │
 *     └──────────────────────────── a credit for each buffer handed over ──────────────┘
 * </pre>
 *
 * The credits bound what lies between the loop and the handler. While the handler is paused no
 * credit returns, the loop stops reading, the pipe fills and the child waits.
 */
final class PipeSource implements ReadStream<Buffer> {
  /** Reads once: the number of bytes, 0 at the end, or {@link Descriptors#WOULD_BLOCK}. */
  @FunctionalInterface
  interface Reader {
    int read(int descriptor, MemorySegment into) throws SyscallFailure;
  }

  /** With the loop's chunk they bound what waits on the heap for a reader who never comes. */
  private static final int CREDITS = 2;

  private final EpollLoop loop;
  private final ContextInternal context;
  private final Reader reader;
  private final EpollLoop.Watched pipe;

  // On the loop only.
  private boolean readable = true;
  private boolean over;
  private int credits;
  private int settling;
  private @Nullable Promise<Void> settled;

  // On the context only.
  private final Deque<Buffer> pending = new ArrayDeque<>();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private long demand = Long.MAX_VALUE;
  private boolean opened;
  private boolean draining;
  private boolean ended;

  PipeSource(EpollLoop loop, ContextInternal context, int descriptor) {
    this(loop, context, descriptor, Descriptors::read);
  }

  PipeSource(EpollLoop loop, ContextInternal context, int descriptor, Reader reader) {
    this.loop = loop;
    this.context = context;
    this.reader = reader;
    this.pipe = loop.whenReadable(descriptor, this::ready);
    pipe.start();
  }

  @Override
  public PipeSource handler(@Nullable Handler<Buffer> handler) {
    return change(() -> this.handler = handler);
  }

  @Override
  public PipeSource endHandler(@Nullable Handler<Void> endHandler) {
    return change(() -> this.endHandler = endHandler);
  }

  @Override
  public PipeSource exceptionHandler(@Nullable Handler<Throwable> exceptionHandler) {
    return change(() -> this.exceptionHandler = exceptionHandler);
  }

  @Override
  public PipeSource pause() {
    return change(() -> demand = 0);
  }

  @Override
  public PipeSource resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public PipeSource fetch(long amount) {
    return change(
        () -> demand = amount > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + amount);
  }

  /**
   * Completes when what the pipe holds now has been handed to the handler, if that never pauses.
   */
  Future<Void> settled() {
    var answer = context.<Void>promise();
    loop.execute(() -> settle(answer));
    return answer.future();
  }

  /** Closes the pipe; the stream ends with what has been read so far. */
  void close() {
    loop.execute(this::finish);
  }

  // ---- on the loop

  private void ready() {
    readable = true;
    pump();
  }

  private void credit(int more) {
    credits += more;
    pump();
  }

  /** Reads one chunk, and lets others have their turn before the next. */
  private void pump() {
    if (over || !readable || credits == 0) {
      return;
    }
    try {
      var count = reader.read(pipe.number(), loop.chunk());
      switch (count) {
        case Descriptors.WOULD_BLOCK -> {
          readable = false;
          settle(Integer.MAX_VALUE);
        }
        case 0 -> finish();
        default -> deliver(count);
      }
    } catch (SyscallFailure failure) {
      var fault = failure.fault();
      context.runOnContext(_ -> failed(fault));
      finish();
    }
  }

  private void deliver(int count) {
    credits--;
    var buffer = Buffer.buffer(loop.chunk().asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
    context.runOnContext(_ -> arrived(buffer));
    settle(count);
    loop.execute(this::pump);
  }

  private void finish() {
    if (!over) {
      over = true;
      pipe.close();
      settle(Integer.MAX_VALUE);
      context.runOnContext(_ -> end());
    }
  }

  private void settle(Promise<Void> answer) {
    try {
      settling = over ? 0 : Descriptors.available(pipe.number());
    } catch (SyscallFailure failure) {
      settling = 0;
    }
    var earlier = settled;
    if (earlier != null) { // which waits for no more than this one
      answer.future().onComplete(_ -> earlier.tryComplete());
    }
    settled = answer;
    settle(0);
  }

  /** Takes what has been read from what the promise waits for. */
  private void settle(int count) {
    settling -= Math.min(settling, count);
    if (settling == 0 && settled != null) {
      settled.tryComplete();
      settled = null;
    }
  }

  // ---- on the context

  private void arrived(Buffer buffer) {
    pending.add(buffer);
    drain();
  }

  private void end() {
    ended = true;
    drain();
  }

  private void failed(RuntimeFault fault) {
    if (exceptionHandler != null) {
      exceptionHandler.handle(fault);
    }
  }

  private PipeSource change(Runnable change) {
    if (context.inThread()) {
      change.run();
      drain();
    } else {
      context.runOnContext(
          _ -> {
            change.run();
            drain();
          });
    }
    return this;
  }

  private void drain() {
    if (draining) { // called by the handler that is running further down this stack
      return;
    }
    draining = true;
    try {
      open();
      while (handler != null && demand > 0 && !pending.isEmpty()) {
        demand -= demand == Long.MAX_VALUE ? 0 : 1;
        loop.execute(() -> credit(1));
        handler.handle(pending.remove());
      }
      finishReading();
    } finally {
      draining = false;
    }
  }

  private void open() {
    if (!opened && handler != null && demand > 0) {
      opened = true;
      loop.execute(() -> credit(CREDITS));
    }
  }

  private void finishReading() {
    if (ended && pending.isEmpty() && demand > 0 && endHandler != null) {
      var told = endHandler;
      endHandler = null;
      told.handle(null);
    }
  }
}
