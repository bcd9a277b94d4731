package io.gantry.monitor;

import io.gantry.host.Connection;
import io.gantry.host.Host;
import io.gantry.runtime.AttachSpec;
import io.gantry.runtime.ExecStreams;
import io.gantry.runtime.ExitStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Optional;

/**
 * One of those who joined a container's first process by conmon's socket. conmon writes to all of
 * them in turn and waits for each: so this reads whatever comes, and drops what nobody takes.
 */
final class Attached implements ExecStreams {
  private final Monitored monitored;
  private final Connection connection;
  private final Optional<WriteStream<Buffer>> stdin;
  private final Strands strands;
  private final WindowSize size;

  private Attached(
      Vertx vertx, Host host, Monitored monitored, AttachSpec spec, Connection connection) {
    size = new WindowSize(vertx, host.disk(), monitored.bundle().orders());
    this.monitored = monitored;
    this.connection = connection;
    stdin = spec.stdin() ? Optional.of(connection.writing()) : Optional.empty();
    strands = new Strands(connection.reading(), Strands.Slow.LOSES, spec.stdout(), spec.stderr());
  }

  static Future<ExecStreams> to(Vertx vertx, Host host, Monitored monitored, AttachSpec spec) {
    return host.sockets()
        .packets(monitored.bundle().attach())
        .map(connection -> new Attached(vertx, host, monitored, spec, connection));
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return stdin;
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
    return monitored.workload().terminal() && !monitored.exit().settled()
        ? size.set(width, height)
        : Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return monitored.exit().future().map(ExitStatus::code);
  }

  @Override
  public void close() {
    connection.close();
  }
}
