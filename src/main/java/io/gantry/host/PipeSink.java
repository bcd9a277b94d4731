package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.WriteStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a pipe as a stream. Writes are queued on the loop; a write is done when the
 * kernel has taken it. When nobody reads any more, all writes fail and the end is a success.
 */
final class PipeSink implements WriteStream<Buffer> {
  private static final int QUEUE_BYTES_MAX = 256 * 1024;

  /** A write under way; {@code data} is null for the end. */
  private static final class Pending {
    final byte @Nullable [] data;
    final Promise<Void> done;
    int written;

    Pending(byte @Nullable [] data, Promise<Void> done) {
      this.data = data;
      this.done = done;
    }
  }

  private final EpollLoop loop;
  private final ContextInternal context;
  private final EpollLoop.Watched pipe;
  private final int chunkBytes;
  private final IntConsumer ending;
  private final AtomicInteger queuedBytes = new AtomicInteger();
  private volatile int queueBytesMax = QUEUE_BYTES_MAX;
  private volatile boolean full;

  // On the loop only.
  private final Deque<Pending> queue = new ArrayDeque<>();
  private boolean writable = true;
  private @Nullable RuntimeFault broken;

  // On the context only.
  private @Nullable Handler<Void> drainHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  PipeSink(EpollLoop loop, ContextInternal context, int descriptor) {
    this(loop, context, descriptor, EpollLoop.CHUNK_BYTES, _ -> {});
  }

  /**
   * @param chunkBytes the most that is written in one go
   * @param ending what is done with the descriptor at the end of the stream, before it is closed
   */
  PipeSink(
      EpollLoop loop, ContextInternal context, int descriptor, int chunkBytes, IntConsumer ending) {
    this.loop = loop;
    this.context = context;
    this.chunkBytes = chunkBytes;
    this.ending = ending;
    this.pipe = loop.whenWritable(descriptor, this::ready);
    pipe.start();
  }

  @Override
  public Future<Void> write(Buffer data) {
    queuedBytes.addAndGet(data.length());
    return enqueue(data.getBytes());
  }

  @Override
  public Future<Void> end() {
    return enqueue(null);
  }

  @Override
  public PipeSink setWriteQueueMaxSize(int bytes) {
    queueBytesMax = bytes;
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    if (queuedBytes.get() < queueBytesMax) {
      return false;
    }
    full = true;
    // The loop may have emptied the queue before it could see that somebody waits for that.
    if (queuedBytes.get() > queueBytesMax / 2) {
      return true;
    }
    full = false;
    return false;
  }

  @Override
  public PipeSink drainHandler(@Nullable Handler<Void> handler) {
    return change(() -> drainHandler = handler);
  }

  @Override
  public PipeSink exceptionHandler(@Nullable Handler<Throwable> handler) {
    return change(() -> exceptionHandler = handler);
  }

  /** Closes the pipe; writes that are not done fail. */
  void close() {
    loop.execute(() -> fail(RuntimeFault.unavailable("pipe: closed (expected: open)", null)));
  }

  private Future<Void> enqueue(byte @Nullable [] data) {
    var done = context.<Void>promise();
    loop.execute(
        () -> {
          queue.add(new Pending(data, done));
          flush();
        });
    return done.future();
  }

  private PipeSink change(Runnable change) {
    if (context.inThread()) {
      change.run();
    } else {
      context.runOnContext(_ -> change.run());
    }
    return this;
  }

  // ---- on the loop

  private void ready() {
    writable = true;
    flush();
  }

  /** Writes one chunk, and lets others have their turn before the next. */
  private void flush() {
    if (broken != null) {
      dismiss(broken);
      return;
    }
    var next = queue.peek();
    if (next == null || !writable) {
      return;
    }
    if (next.data == null) {
      finish();
      return;
    }
    try {
      write(next, next.data);
    } catch (SyscallFailure failure) {
      fail(
          failure.is(Errno.EPIPE)
              ? RuntimeFault.unavailable("pipe: closed by its reader (expected: open)", failure)
              : failure.fault());
    }
  }

  private void write(Pending next, byte[] data) throws SyscallFailure {
    var length = Math.min(chunkBytes, data.length - next.written);
    if (length > 0) {
      MemorySegment.copy(data, next.written, loop.chunk(), ValueLayout.JAVA_BYTE, 0, length);
      var count = Descriptors.write(pipe.number(), loop.chunk().asSlice(0, length));
      if (count == Descriptors.WOULD_BLOCK) {
        writable = false;
        return;
      }
      next.written += count;
    }
    if (next.written == data.length) {
      queue.remove();
      next.done.tryComplete();
      forget(data.length);
    }
    loop.execute(this::flush);
  }

  private void finish() {
    broken = RuntimeFault.unavailable("pipe: ended (expected: open)", null);
    ending.accept(pipe.number());
    pipe.close();
    flush();
  }

  private void fail(RuntimeFault fault) {
    if (broken == null) {
      broken = fault;
      pipe.close();
      context.runOnContext(_ -> told(fault));
    }
    dismiss(broken);
  }

  private void dismiss(RuntimeFault fault) {
    for (var next = queue.poll(); next != null; next = queue.poll()) {
      if (next.data == null) {
        next.done.tryComplete();
      } else {
        next.done.tryFail(fault);
        forget(next.data.length);
      }
    }
  }

  private void forget(int bytes) {
    var left = queuedBytes.addAndGet(-bytes);
    if (full && left <= queueBytesMax / 2) {
      full = false;
      context.runOnContext(_ -> drained());
    }
  }

  // ---- on the context

  private void drained() {
    if (drainHandler != null) {
      drainHandler.handle(null);
    }
  }

  private void told(RuntimeFault fault) {
    if (exceptionHandler != null) {
      exceptionHandler.handle(fault);
    }
  }
}
