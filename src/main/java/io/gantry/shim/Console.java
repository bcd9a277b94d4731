package io.gantry.shim;

import io.gantry.driver.Outcome;
import io.gantry.host.Fifos;
import io.gantry.runtime.AttachSpec;
import io.gantry.runtime.ExecStreams;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The streams of a container's first process: what it says goes to the log, and to whoever has
 * joined.
 *
 * <pre>
 *   FIFO ──► read ──► log ──► next read       one at a time, so that little is lost with the daemon
 *              └────► who has joined          of which each loses what it does not take
 * </pre>
 */
final class Console {
  private final Pipes pipes;
  private final ContainerLog log;
  private final List<Attached> joined = new CopyOnWriteArrayList<>();
  private final Context context;
  private final Outcome<Boolean> drained = Outcome.pending();

  private Console(Vertx vertx, Pipes pipes, ContainerLog log) {
    this.pipes = pipes;
    this.log = log;
    this.context = vertx.getOrCreateContext();
  }

  /** Begins to read {@code pipes}, which are opened, on the current context. */
  static Console reading(Vertx vertx, Pipes pipes, ContainerLog log) {
    var console = new Console(vertx, pipes, log);
    console.pump(pipes.output(), "stdout");
    pipes.errors().ifPresent(errors -> console.pump(errors, "stderr"));
    pipes.drained().onComplete(_ -> console.drained());
    return console;
  }

  private void pump(Output output, String stream) {
    output.pause();
    output.handler(
        bytes -> {
          joined.forEach(one -> one.said(stream, bytes));
          log.write(stream, bytes).onComplete(_ -> output.fetch(1));
        });
    output.fetch(1);
  }

  private void drained() {
    joined.forEach(Attached::ended);
    log.close().onComplete(_ -> drained.settle(true));
  }

  /** Complete when what waited to be read is in the log. */
  Future<Void> caughtUp() {
    return pipes.settled().compose(_ -> log.written());
  }

  /** The process has ended. Complete when all that it said is in the log. */
  Future<Boolean> finish() {
    context.runOnContext(_ -> pipes.finish());
    return drained.future();
  }

  /** Lets go of the input; the shim holds it open as well. */
  void endInput() {
    pipes.endInput();
  }

  Future<Void> reopenLog() {
    return drained.settled() ? Future.succeededFuture() : log.reopen();
  }

  /** Somebody joins, on the current context. */
  Future<ExecStreams> join(Vertx vertx, Held held, AttachSpec spec, Attached.Verbs verbs) {
    var input = spec.stdin() ? pipes.input() : Future.succeededFuture(Optional.<Fifos.Sink>empty());
    return input.map(
        sink -> {
          var one = new Attached(vertx, held, spec, sink, verbs, joined::remove);
          joined.add(one);
          if (drained.settled()) {
            one.ended();
          }
          return one;
        });
  }

  /** Lets go, whatever may come yet. */
  void close() {
    context.runOnContext(_ -> pipes.close());
  }
}
