package io.gantry.host;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that looks after the descriptors of this package: pipes, sockets, pidfds and
 * inotify. It runs no code of callers and never blocks.
 *
 * <p>Descriptors are watched edge-triggered: one that is not read from, because its reader pauses,
 * does not wake the loop again and again.
 */
final class EpollLoop {
  /** The most that is read or written in one go. */
  static final int CHUNK_BYTES = 64 * 1024;

  private static final Logger LOGGER = LoggerFactory.getLogger(EpollLoop.class);

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("gantry-epoll", true), EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();
  private final MemorySegment chunk = Arena.ofAuto().allocate(CHUNK_BYTES, 8);

  EpollLoop() {
    execute(() -> {}); // starts the thread now, and so in the namespaces of the daemon
  }

  /** Runs {@code task} on the loop, after those that were given to it before. */
  void execute(Runnable task) {
    loop.execute(task);
  }

  /** Runs {@code task} on the loop, again and again until that is closed; it must not throw. */
  void every(Duration period, Runnable task) {
    var nanos = period.toNanos();
    var _ = loop.scheduleWithFixedDelay(task, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  /** Room for one read or write; only on the loop, and only until its current task ends. */
  MemorySegment chunk() {
    return chunk;
  }

  /**
   * Calls {@code ready} on the loop whenever there is something to read, or the end of it. It
   * begins when it is started.
   */
  Watched whenReadable(int descriptor, Runnable ready) {
    return watch(descriptor, EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP), ready);
  }

  /**
   * Calls {@code ready} on the loop whenever there is room again, or nobody reads any more. It
   * begins when it is started.
   */
  Watched whenWritable(int descriptor, Runnable ready) {
    return watch(descriptor, EpollIoOps.EPOLLOUT, ready);
  }

  private Watched watch(int descriptor, EpollIoOps events, Runnable ready) {
    return new Watched(descriptor, events.with(EpollIoOps.EPOLLET), ready);
  }

  Future<Void> close() {
    var closed = Promise.<Void>promise();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).addListener(_ -> closed.complete());
    return closed.future();
  }

  /** A descriptor of ours, from now on in the hands of the loop. */
  final class Watched implements EpollIoHandle {
    private final int number;
    private final FileDescriptor descriptor;
    private final EpollIoOps events;
    private final Runnable ready;
    private @Nullable IoRegistration registration;
    private boolean closed;

    private Watched(int number, EpollIoOps events, Runnable ready) {
      this.number = number;
      this.descriptor = new FileDescriptor(number);
      this.events = events;
      this.ready = ready;
    }

    /** Its number; only on the loop, and only while it is open. */
    int number() {
      return number;
    }

    @Override
    public FileDescriptor fd() {
      return descriptor;
    }

    /** Begins the watch; the owner must be able to hear of it by now. */
    void start() {
      execute(this::startNow);
    }

    private void startNow() {
      if (closed) {
        return;
      }
      var registering = loop.register(this); // on the loop's own thread it is done on return
      try {
        registration = registering.getNow();
        Objects.requireNonNull(registration).submit(events);
      } catch (UncheckedIOException | NullPointerException refused) {
        // epoll's watches are counted in hundreds of thousands: this is a bug, not a shortage.
        var cause = registering.isSuccess() ? refused : registering.cause();
        LOGGER.atError().setCause(cause).log("A descriptor is not watched");
      }
    }

    @Override
    public void handle(IoRegistration source, IoEvent event) {
      if (!closed) {
        ready.run();
      }
    }

    /** Ends the watch and closes the descriptor; from any thread, and more than once. */
    @Override
    public void close() {
      if (loop.inEventLoop()) {
        closeNow();
      } else {
        execute(this::closeNow);
      }
    }

    private void closeNow() {
      if (closed) {
        return;
      }
      closed = true;
      if (registration != null) {
        registration.cancel();
      }
      try {
        descriptor.close();
      } catch (IOException failure) {
        LOGGER.atDebug().addKeyValue("error", failure.getMessage()).log("Close failed");
      }
    }
  }
}
