package io.gantry.shim;

import io.gantry.driver.Strand;
import io.gantry.host.Fifos;
import io.gantry.runtime.AttachSpec;
import io.gantry.runtime.ExecStreams;
import io.gantry.runtime.ExitStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Optional;
import java.util.function.Consumer;

/** One of those who joined a container's first process. */
final class Attached implements ExecStreams {
  /** What a client may ask of the shim. */
  interface Verbs {
    Future<Void> resize(int width, int height);

    Future<Void> closeInput();
  }

  private final Held held;
  private final Verbs verbs;
  private final Consumer<Attached> leave;
  private final Context context;
  private final Optional<Strand> stdout;
  private final Optional<Strand> stderr;
  private final Optional<Fifos.Sink> input;
  private final Optional<WriteStream<Buffer>> stdin;

  Attached(
      Vertx vertx,
      Held held,
      AttachSpec spec,
      Optional<Fifos.Sink> input,
      Verbs verbs,
      Consumer<Attached> leave) {
    this.held = held;
    this.verbs = verbs;
    this.leave = leave;
    this.context = vertx.getOrCreateContext();
    stdout = strand(spec.stdout());
    stderr = strand(spec.stderr());
    this.input = input;
    stdin = input.map(sink -> new Input(sink.stream(), () -> left(sink)));
  }

  private static Optional<Strand> strand(boolean wanted) {
    return wanted ? Optional.of(Strand.telling(() -> {})) : Optional.empty();
  }

  /** The first client that leaves ends the input of a container that is made so. */
  private Future<Void> left(Fifos.Sink sink) {
    return sink.stream()
        .end()
        .compose(
            _ ->
                held.workload().stdinOnce() && !held.exit().settled()
                    ? verbs.closeInput()
                    : Future.succeededFuture());
  }

  /** From any context. A slow reader loses some: the log does not wait for anybody. */
  void said(String stream, Buffer bytes) {
    var strand = stream.equals("stdout") ? stdout : stderr;
    strand.ifPresent(
        one ->
            context.runOnContext(
                _ -> {
                  if (!one.full()) {
                    one.add(bytes);
                  }
                }));
  }

  /** From any context. */
  void ended() {
    context.runOnContext(
        _ -> {
          stdout.ifPresent(Strand::end);
          stderr.ifPresent(Strand::end);
        });
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return stdin;
  }

  @Override
  public Optional<ReadStream<Buffer>> stdout() {
    return stdout.map(strand -> strand);
  }

  @Override
  public Optional<ReadStream<Buffer>> stderr() {
    return stderr.map(strand -> strand);
  }

  @Override
  public Future<Void> resize(int width, int height) {
    return held.workload().terminal() && !held.exit().settled()
        ? verbs.resize(width, height)
        : Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return held.exit().future().map(ExitStatus::code);
  }

  @Override
  public void close() {
    leave.accept(this);
    input.ifPresent(sink -> left(sink).onComplete(_ -> sink.close()));
    ended();
  }
}
