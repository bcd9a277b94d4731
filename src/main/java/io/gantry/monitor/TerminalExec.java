package io.gantry.monitor;

import io.gantry.driver.PidFile;
import io.gantry.host.Child;
import io.gantry.host.Connection;
import io.gantry.host.Host;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Optional;

/** A command with a terminal, which its conmon holds; we are attached to that. */
final class TerminalExec implements ExecStreams {
  private static final int HANGUP = 1;

  private final Vertx vertx;
  private final Host host;
  private final ExecStreamSpec spec;
  private final ExecFiles files;
  private final Child child;
  private final Connection connection;
  private final Runnable kill;
  private final Strands strands;
  private final WindowSize size;
  private boolean closed;

  TerminalExec(
      Vertx vertx,
      Host host,
      ExecStreamSpec spec,
      ExecFiles files,
      Child child,
      Connection connection,
      Runnable kill) {
    this.vertx = vertx;
    this.host = host;
    this.spec = spec;
    this.files = files;
    this.child = child;
    this.connection = connection;
    this.kill = kill;
    this.size = new WindowSize(vertx, host.disk(), files.orders());
    strands = new Strands(connection.reading(), Strands.Slow.WAITS, spec.stdout(), false);
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return spec.stdin() ? Optional.of(connection.writing()) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stdout() {
    return strands.stdout();
  }

  @Override
  public Optional<ReadStream<Buffer>> stderr() {
    return strands.stderr();
  }

  @Override
  public Future<Void> resize(int width, int height) {
    return !child.exit().isComplete() ? size.set(width, height) : Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return child.exit();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    connection.close();
    child.close();
    if (!child.exit().isComplete()) {
      hangUp();
      var timer = vertx.setTimer(StreamedExecs.GRACE.toMillis(), _ -> kill.run());
      child.exit().onComplete(_ -> vertx.cancelTimer(timer));
    }
  }

  /** As a terminal does whose line is cut. */
  private void hangUp() {
    host.disk()
        .run(() -> PidFile.read(files.pid()))
        .compose(
            pid ->
                pid.isPresent()
                    ? host.processes().find(pid.get())
                    : Future.succeededFuture(Optional.empty()))
        .onSuccess(found -> found.ifPresent(process -> host.processes().signal(process, HANGUP)));
  }
}
