package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/** A child that does what the test says. Used from one thread at a time. */
public final class FakeChild implements Child {
  private final ProcessRef ref;
  private final Command command;
  private final Future<Integer> exit;
  private final IntConsumer end;
  private final Map<Integer, Source> sources = new ConcurrentHashMap<>();
  private final Map<Integer, Sink> sinks = new ConcurrentHashMap<>();
  private boolean closed;

  FakeChild(ProcessRef ref, Command command, Future<Integer> exit, IntConsumer end) {
    this.ref = ref;
    this.command = command;
    this.exit = exit;
    this.end = end;
  }

  /** What it was spawned with. */
  public Command command() {
    return command;
  }

  /** It writes to one of its descriptors. */
  public FakeChild says(int descriptor, String text) {
    source(descriptor).add(Buffer.buffer(text));
    return this;
  }

  /** It closes one of its descriptors. */
  public FakeChild closes(int descriptor) {
    source(descriptor).end();
    return this;
  }

  /** It ends, and all that it writes to is closed with it. */
  public FakeChild exits(int code) {
    command
        .descriptors()
        .forEach(
            (descriptor, io) -> {
              if (io == Command.Io.CHILD_WRITES) {
                closes(descriptor);
              }
            });
    end.accept(code);
    return this;
  }

  /** What it has been sent on a descriptor. */
  public Buffer received(int descriptor) {
    return sink(descriptor).received.copy();
  }

  /** Whether a descriptor that it reads has come to its end. */
  public boolean isEnded(int descriptor) {
    return sink(descriptor).ended;
  }

  /** Whether the daemon has closed its ends. */
  public boolean isClosed() {
    return closed;
  }

  @Override
  public ProcessRef ref() {
    return ref;
  }

  @Override
  public Future<Integer> exit() {
    return exit;
  }

  @Override
  public ReadStream<Buffer> reading(int descriptor) {
    return source(descriptor);
  }

  @Override
  public WriteStream<Buffer> writing(int descriptor) {
    return sink(descriptor);
  }

  @Override
  public void finish() {
    sources.values().forEach(Source::end);
  }

  @Override
  public void close() {
    closed = true;
    sources.values().forEach(Source::end);
  }

  private Source source(int descriptor) {
    return sources.computeIfAbsent(descriptor, _ -> new Source());
  }

  private Sink sink(int descriptor) {
    return sinks.computeIfAbsent(descriptor, _ -> new Sink());
  }

  static final class Source implements ReadStream<Buffer> {
    private final Deque<Buffer> pending = new ArrayDeque<>();
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;
    private long demand = Long.MAX_VALUE;
    boolean ended;

    void add(Buffer buffer) {
      pending.add(buffer);
      drain();
    }

    void end() {
      ended = true;
      drain();
    }

    private void drain() {
      while (handler != null && demand > 0 && !pending.isEmpty()) {
        demand -= demand == Long.MAX_VALUE ? 0 : 1;
        handler.handle(pending.remove());
      }
      if (ended && pending.isEmpty() && demand > 0 && endHandler != null) {
        var told = endHandler;
        endHandler = null;
        told.handle(null);
      }
    }

    @Override
    public Source handler(Handler<Buffer> handler) {
      this.handler = handler;
      drain();
      return this;
    }

    @Override
    public Source endHandler(Handler<Void> endHandler) {
      this.endHandler = endHandler;
      drain();
      return this;
    }

    @Override
    public Source exceptionHandler(Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Source pause() {
      demand = 0;
      return this;
    }

    @Override
    public Source resume() {
      return fetch(Long.MAX_VALUE);
    }

    @Override
    public Source fetch(long amount) {
      demand = amount > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + amount;
      drain();
      return this;
    }
  }

  static final class Sink implements WriteStream<Buffer> {
    final Buffer received = Buffer.buffer();
    boolean ended;

    @Override
    public Future<Void> write(Buffer data) {
      received.appendBuffer(data);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> end() {
      ended = true;
      return Future.succeededFuture();
    }

    @Override
    public Sink exceptionHandler(Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Sink setWriteQueueMaxSize(int bytes) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return false;
    }

    @Override
    public Sink drainHandler(Handler<Void> handler) {
      return this;
    }
  }
}
