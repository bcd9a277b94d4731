package io.gantry.shim;

import io.gantry.call.Call;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.gantry.shim.proto.CloseIORequest;
import io.gantry.shim.proto.ResizePtyRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.util.Optional;

/** A command in a container whose streams somebody has. */
final class StreamedExec implements ExecStreams {
  /** What a command gets to end by itself once nobody is there any more. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final int HANGUP = 1;

  private final Vertx vertx;
  private final Execs execs;
  private final Execs.Running running;
  private final ExecStreamSpec spec;
  private final Optional<WriteStream<Buffer>> stdin;
  private boolean closed;

  StreamedExec(Vertx vertx, Execs execs, Execs.Running running, ExecStreamSpec spec) {
    this.vertx = vertx;
    this.execs = execs;
    this.running = running;
    this.spec = spec;
    stdin = running.input().map(sink -> new Input(sink.stream(), this::endInput));
    unwanted(spec.stdout(), Optional.of(running.pipes().output()));
    unwanted(spec.stderr(), running.pipes().errors());
    running.exit().onComplete(_ -> running.pipes().finish());
    running.pipes().drained().compose(_ -> running.exit()).onComplete(_ -> execs.over(running));
  }

  /** It is read all the same, so that the command does not wait. */
  private static void unwanted(boolean wanted, Optional<Output> output) {
    if (!wanted) {
      output.ifPresent(it -> it.handler(_ -> {}));
    }
  }

  @Override
  public Optional<WriteStream<Buffer>> stdin() {
    return stdin;
  }

  /** The shim holds this input open as well, until it is told. */
  private Future<Void> endInput() {
    return running
        .input()
        .map(sink -> sink.stream().end())
        .orElseGet(Future::succeededFuture)
        .onComplete(_ -> running.pipes().endInput())
        .compose(
            _ ->
                running
                    .shim()
                    .ask(
                        call(),
                        Verb.CLOSE_INPUT,
                        CloseIORequest.newBuilder()
                            .setId(running.held().id())
                            .setExecId(running.id())
                            .setStdin(true)
                            .build()))
        .<Void>mapEmpty()
        .recover(
            cause ->
                running.exit().isComplete()
                    ? Future.succeededFuture()
                    : Future.failedFuture(cause));
  }

  @Override
  public Optional<ReadStream<Buffer>> stdout() {
    return spec.stdout() ? Optional.of(running.pipes().output()) : Optional.empty();
  }

  @Override
  public Optional<ReadStream<Buffer>> stderr() {
    return spec.stderr() ? running.pipes().errors().map(it -> it) : Optional.empty();
  }

  @Override
  public Future<Void> resize(int width, int height) {
    return spec.terminal() && !running.exit().isComplete()
        ? running
            .shim()
            .ask(
                call(),
                Verb.RESIZE,
                ResizePtyRequest.newBuilder()
                    .setId(running.held().id())
                    .setExecId(running.id())
                    .setWidth(width)
                    .setHeight(height)
                    .build())
            .mapEmpty()
        : Future.succeededFuture();
  }

  @Override
  public Future<Integer> exit() {
    return running.exit();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    running.pipes().close();
    if (!running.exit().isComplete()) {
      endInput();
      if (spec.terminal()) { // as one does whose line is cut
        execs.signal(call(), running.held(), running.shim(), running.id(), HANGUP);
      }
      var timer = vertx.setTimer(GRACE.toMillis(), _ -> execs.kill(running));
      running.exit().onComplete(_ -> vertx.cancelTimer(timer));
    }
  }

  private static Call call() {
    return Call.internal(Call.Tools.plain(), "Exec");
  }
}
