package io.gantry.monitor;

import io.gantry.host.Child;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Optional;

/** A command whose standard streams are pipes of this daemon's, with nobody in between. */
final class PipedExec implements ExecStreams {
  private final Vertx vertx;
  private final ExecStreamSpec spec;
  private final Child starter;
  private final Future<Integer> exit;
  private final Runnable kill;
  private boolean closed;

  /**
   * @param starter the runtime that started the command and has ended; its streams are the
   *     command's
   */
  PipedExec(Vertx vertx, ExecStreamSpec spec, Child starter, Future<Integer> exit, Runnable kill) {
    this.vertx = vertx;
    this.spec = spec;
    this.starter = starter;
    this.exit = exit;
    this.kill = kill;
    exit.onComplete(_ -> starter.finish());
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return spec.stdin() ? Optional.of(starter.writing(0)) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stdout() {
    return spec.stdout() ? Optional.of(starter.reading(1)) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stderr() {
    return spec.stderr() ? Optional.of(starter.reading(2)) : Optional.empty();
  }

  /** There is no terminal. */
  @Override
  public Future<Void> resize(int width, int height) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return exit;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      starter.close();
      if (!exit.isComplete()) {
        var timer = vertx.setTimer(StreamedExecs.GRACE.toMillis(), _ -> kill.run());
        exit.onComplete(_ -> vertx.cancelTimer(timer));
      }
    }
  }
}
