package io.gantry.image.unpack;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where bytes pass from an event loop, which must not wait, to a thread that does. Holds about 256
 * KiB: above that the stream is paused, below half of it, resumed. The kernel's buffers hold more;
 * what waits here for long only fills the heap.
 */
final class Inlet extends InputStream {
  private static final int HIGH_BYTES = 256 * 1024;
  private static final int LOW_BYTES = HIGH_BYTES / 2;

  private final ReadStream<Buffer> source;
  private final Context context;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Deque<Buffer> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private int taken;
  private boolean paused;
  private boolean ended;
  private @Nullable Throwable failure;

  private Inlet(ReadStream<Buffer> source, Context context) {
    this.source = source;
    this.context = context;
  }

  /** Starts the flow. On {@code context}, which is the stream's. */
  static Inlet from(ReadStream<Buffer> source, Context context) {
    var inlet = new Inlet(source, context);
    source.exceptionHandler(inlet::fail);
    source.endHandler(_ -> inlet.end());
    source.handler(inlet::accept);
    source.resume();
    return inlet;
  }

  private void accept(Buffer chunk) {
    lock.lock();
    try {
      waiting.add(chunk);
      waitingBytes += chunk.length();
      if (waitingBytes > HIGH_BYTES && !paused) {
        paused = true;
        source.pause();
      }
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Makes every read fail from now on. From any thread. */
  void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
        waiting.clear();
        arrived.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, into.length);
    lock.lock();
    try {
      while (waiting.isEmpty() && !ended && failure == null) {
        arrived.await();
      }
      if (failure != null) {
        throw RuntimeFault.of(failure);
      }
      return waiting.isEmpty() ? -1 : take(into, offset, length);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw RuntimeFault.unavailable("unpack: shutting down", interrupted);
    } finally {
      lock.unlock();
    }
  }

  private int take(byte[] into, int offset, int length) {
    var chunk = waiting.element();
    var count = Math.min(length, chunk.length() - taken);
    chunk.getBytes(taken, taken + count, into, offset);
    taken += count;
    waitingBytes -= count;
    if (taken == chunk.length()) {
      waiting.remove();
      taken = 0;
    }
    if (paused && waitingBytes < LOW_BYTES) {
      paused = false;
      context.runOnContext(_ -> source.resume());
    }
    return count;
  }
}
