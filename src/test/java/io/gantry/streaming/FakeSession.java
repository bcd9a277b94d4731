package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A process that a test writes the part of. */
final class FakeSession implements ExecSession {
  final MemoryPipe in = new MemoryPipe();
  final MemoryPipe out = new MemoryPipe();
  final MemoryPipe err = new MemoryPipe();
  final Endless yes;
  final Promise<Integer> exit = Promise.promise();
  final Promise<Void> closed = Promise.promise();
  final List<String> sizes = new CopyOnWriteArrayList<>();

  private final Wanted wanted;
  private final boolean endless;

  FakeSession(Wanted wanted, Endless yes, boolean endless) {
    this.wanted = wanted;
    this.yes = yes;
    this.endless = endless;
  }

  void ended(int code) {
    yes.stop();
    out.end();
    err.end();
    exit.tryComplete(code);
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return wanted.stdin() ? Optional.of(in) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stdout() {
    return wanted.stdout() ? Optional.of(endless ? yes : out) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stderr() {
    return wanted.stderr() ? Optional.of(err) : Optional.empty();
  }

  @Override
  public Future<Void> resize(int width, int height) {
    sizes.add(width + "x" + height);
    return Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return exit.future();
  }

  @Override
  public void close() {
    closed.tryComplete();
    ended(137);
  }
}
