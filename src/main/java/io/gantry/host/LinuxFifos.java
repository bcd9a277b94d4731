package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** FIFOs on the epoll loop; opened on the pool, never in a way that waits (fifo(7)). */
final class LinuxFifos implements Fifos {
  private static final int O_WRONLY = 1;
  private static final int O_RDWR = 2;
  private static final int MODE = 0600;

  // SAFETY: int mkfifo(const char *, mode_t); mode_t has 32 bits.
  private static final CFunction MKFIFO = CFunction.ints("mkfifo");

  private final Vertx vertx;
  private final EpollLoop loop;
  private final Pool pool;

  LinuxFifos(Vertx vertx, EpollLoop loop, Pool pool) {
    this.vertx = vertx;
    this.loop = loop;
    this.pool = pool;
  }

  @Override
  public Future<Void> make(Path fifo) {
    return pool.act(
        () -> {
          Files.deleteIfExists(fifo);
          try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(fifo.toString());
            Libc.check(fifo.toString(), errno -> MKFIFO.call(errno, name.address(), MODE));
          }
        });
  }

  @Override
  public Future<Runnable> hold(Path fifo) {
    return opened(fifo, O_RDWR).map(LinuxFifos::closingOnce);
  }

  /** A number must not be closed twice: it may be another file's by then. */
  private static Runnable closingOnce(int descriptor) {
    var closed = new AtomicBoolean();
    return () -> {
      if (!closed.getAndSet(true)) {
        Descriptors.close(descriptor);
      }
    };
  }

  @Override
  public Future<Source> reading(Path fifo) {
    var context = (ContextInternal) vertx.getOrCreateContext();
    return opened(fifo, Descriptors.O_RDONLY)
        .map(descriptor -> new Reading(new PipeSource(loop, context, descriptor)));
  }

  @Override
  public Future<Sink> writing(Path fifo) {
    var context = (ContextInternal) vertx.getOrCreateContext();
    return opened(fifo, Descriptors.O_RDONLY).compose(anchor -> writing(context, fifo, anchor));
  }

  /**
   * @param anchor a reading end that nobody reads: by it there is a reader at once, and what was
   *     written before the real one came is kept
   */
  private Future<Sink> writing(ContextInternal context, Path fifo, int anchor) {
    var release = closingOnce(anchor);
    return opened(fifo, O_WRONLY)
        .<Sink>map(descriptor -> new Writing(new PipeSink(loop, context, descriptor), release))
        .onFailure(_ -> release.run());
  }

  private Future<Integer> opened(Path fifo, int flags) {
    return pool.run(() -> Descriptors.open(fifo, flags | Descriptors.O_NONBLOCK));
  }

  private record Reading(PipeSource source) implements Source {
    @Override
    public ReadStream<Buffer> stream() {
      return source;
    }

    @Override
    public Future<Void> settled() {
      return source.settled();
    }

    @Override
    public void close() {
      source.close();
    }
  }

  private record Writing(PipeSink sink, Runnable release) implements Sink {
    @Override
    public WriteStream<Buffer> stream() {
      return sink;
    }

    @Override
    public void close() {
      sink.close();
      release.run();
    }
  }
}
