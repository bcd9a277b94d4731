package io.gantry.shim;

import io.gantry.host.Fifos;
import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Our ends of the FIFOs of a process.
 *
 * <pre>
 *   made, held at both ends ──► the shim opens its own ends ──► ours are read, and the hold is let go
 * </pre>
 *
 * Only then does an output end when the shim closes it, and nothing is lost before.
 */
final class Pipes {
  private final Vertx vertx;
  private final Host host;
  private final Stdio stdio;
  private final List<Runnable> holds = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();
  private Runnable inputHold = () -> {};

  private Pipes(Vertx vertx, Host host, Stdio stdio) {
    this.vertx = vertx;
    this.host = host;
    this.stdio = stdio;
  }

  /** Made, and held. */
  static Future<Pipes> made(Vertx vertx, Host host, Stdio stdio) {
    var pipes = new Pipes(vertx, host, stdio);
    return host.disk()
        .act(() -> Files.createDirectories(stdio.directory()))
        .compose(_ -> Future.join(stdio.all().stream().map(host.fifos()::make).toList()))
        .compose(_ -> pipes.held())
        .compose(_ -> pipes.inputHeld())
        .map(pipes)
        .onFailure(_ -> pipes.close());
  }

  /** Those of a process that an earlier daemon has made; read at once. */
  static Future<Pipes> again(Vertx vertx, Host host, Stdio stdio) {
    var pipes = new Pipes(vertx, host, stdio);
    return pipes.inputHeld().compose(_ -> pipes.opened()).map(pipes).onFailure(_ -> pipes.close());
  }

  private Future<Void> held() {
    return Future.join(
            stdio.outputs().stream()
                .map(fifo -> host.fifos().hold(fifo).onSuccess(holds::add))
                .toList())
        .mapEmpty();
  }

  /** An input does not end while nobody writes to it. */
  private Future<Void> inputHeld() {
    return stdio
        .input()
        .map(fifo -> host.fifos().hold(fifo).onSuccess(hold -> inputHold = hold).<Void>mapEmpty())
        .orElseGet(Future::succeededFuture);
  }

  /** To be called when the shim has opened its ends. */
  Future<Void> opened() {
    return output(stdio.output())
        .compose(_ -> stdio.errors().map(this::output).orElseGet(Future::succeededFuture))
        .onComplete(_ -> letGo());
  }

  private Future<Void> output(Path fifo) {
    return host.fifos()
        .reading(fifo)
        .onSuccess(source -> outputs.add(new Output(vertx, source)))
        .mapEmpty();
  }

  private void letGo() {
    holds.forEach(Runnable::run);
    holds.clear();
  }

  /** Once they are {@link #opened}. */
  Output output() {
    return outputs.getFirst();
  }

  /** The same; none with a terminal. */
  Optional<Output> errors() {
    return outputs.stream().skip(1).findFirst();
  }

  /** A way to the input for one who writes, on the current context; none without an input. */
  Future<Optional<Fifos.Sink>> input() {
    return stdio
        .input()
        .map(fifo -> host.fifos().writing(fifo).map(Optional::of))
        .orElseGet(() -> Future.succeededFuture(Optional.empty()));
  }

  /** The input may end, once those who write to it have, and the shim has let go of it. */
  void endInput() {
    inputHold.run();
  }

  /** The process has ended: so do these, with all that came until then. */
  void finish() {
    outputs.forEach(Output::finish);
    inputHold.run();
  }

  /** Complete when what waits now has been read. */
  Future<Void> settled() {
    return Future.join(outputs.stream().map(Output::settled).toList()).mapEmpty();
  }

  /** Complete when all that came has been handed over. */
  Future<Void> drained() {
    return Future.join(outputs.stream().map(Output::ended).toList()).mapEmpty();
  }

  void close() {
    letGo();
    outputs.forEach(Output::close);
    inputHold.run();
  }
}
