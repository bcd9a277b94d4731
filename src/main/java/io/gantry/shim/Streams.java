package io.gantry.shim;

import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;

/** Makes the streams of first processes, and takes them up again. */
record Streams(Vertx vertx, Host host, Clock clock) {
  /** Before the process is there. */
  Future<Pipes> made(Workload workload) {
    return Pipes.made(vertx, host, workload.stdio());
  }

  /** The process is there, and waits: its log begins. */
  Future<Void> opened(Held held, Pipes pipes) {
    return pipes.opened().compose(_ -> read(held, pipes));
  }

  /** Those of a process that an earlier daemon has made. */
  Future<Void> again(Held held) {
    return held.workload().standsForPod()
        ? Future.succeededFuture()
        : Pipes.again(vertx, host, held.workload().stdio()).compose(pipes -> read(held, pipes));
  }

  private Future<Void> read(Held held, Pipes pipes) {
    return ContainerLog.open(host.disk(), clock, held.id(), held.workload().log())
        .onSuccess(log -> held.console(Console.reading(vertx, pipes, log)))
        .mapEmpty();
  }
}
