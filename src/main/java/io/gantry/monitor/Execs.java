package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.ExecKin;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.gantry.monitor.Probe.Probed;
import io.gantry.runtime.ExecResult;
import io.gantry.runtime.ExecSpec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Commands in containers, by the runtime's own {@code exec} and pipes: nothing of an exec is meant
 * to outlive the daemon. A runtime whose {@code exec} waits for the last holder of the output is
 * told to detach, and the command is then the daemon's own child (decision 0015). Each leaves its
 * files in the bundle while it runs, so that a daemon that starts anew finds what a killed one
 * left.
 */
final class Execs {
  private final Vertx vertx;
  private final Host host;
  private final OciCli cli;
  private final Probed probed;
  private final Signals signals;
  private final ExecKin kin;

  Execs(Vertx vertx, Host host, OciCli cli, Probed probed, Signals signals) {
    this.signals = signals;
    this.vertx = vertx;
    this.host = host;
    this.cli = cli;
    this.probed = probed;
    this.kin = ExecKin.on(vertx, host);
  }

  Future<ExecResult> run(Call call, Monitored monitored, ExecSpec spec) {
    var files = ExecFiles.in(monitored.bundle(), UUID.randomUUID().toString());
    var process = monitored.workload().spec().process().running(spec.command());
    host.cgroups().expectJoin();
    return phase(
            call, "files", () -> host.disk().act(() -> files.make(probed.allowed().clamp(process))))
        .compose(_ -> phase(call, "run", () -> bounded(call, monitored, spec, files)))
        .compose(output -> answered(files, output))
        .onComplete(_ -> host.disk().delete(files.directory())); // nobody waits for that
  }

  private static <T> Future<T> phase(Call call, String name, Supplier<Future<T>> work) {
    return call.phase(call.operation() + "/" + name, work);
  }

  /** Ends what is left of execs in a container that an earlier daemon ran. */
  Future<Void> sweep(Call call, Monitored monitored) {
    return host.disk()
        .run(() -> left(monitored.bundle()))
        .compose(
            found -> Future.join(found.stream().map(files -> end(call, monitored, files)).toList()))
        .mapEmpty();
  }

  private Future<Void> end(Call call, Monitored monitored, ExecFiles files) {
    return killed(call, monitored, files).compose(_ -> host.disk().delete(files.directory()));
  }

  private Future<Void> killed(Call call, Monitored monitored, ExecFiles files) {
    return signals
        .killExec(call, monitored.id(), files)
        .compose(_ -> kin.kill(call, monitored.cgroup(), files));
  }

  private static List<ExecFiles> left(Bundle bundle) throws IOException {
    if (!Files.isDirectory(bundle.execs())) {
      return List.of();
    }
    try (var directories = Files.list(bundle.execs())) {
      return directories.map(ExecFiles::new).toList();
    }
  }

  /** Runs it until it ends, its time is up or the caller has gone; then its kin is killed. */
  private Future<Output> bounded(Call call, Monitored monitored, ExecSpec spec, ExecFiles files) {
    var mine = call.detached();
    var stopped = new AtomicReference<Optional<Promise<Output>>>(Optional.empty());
    Consumer<RuntimeFault> stop =
        fault -> {
          var end = Promise.<Output>promise();
          if (stopped.compareAndSet(Optional.empty(), Optional.of(end))) {
            stopped(mine, monitored, files, fault).onComplete(end);
          }
        };
    var timers = timers(call, spec, stop);
    var unwatch = call.onCancel(() -> call.over().ifPresent(stop));
    return output(mine, monitored, spec, files)
        .transform(
            done -> {
              timers.forEach(vertx::cancelTimer);
              unwatch.run();
              return stopped
                  .get()
                  .map(Promise::future)
                  .orElseGet(
                      () ->
                          done.succeeded()
                              ? Future.succeededFuture(done.result())
                              : Future.failedFuture(done.cause()));
            });
  }

  private Future<Output> output(Call mine, Monitored monitored, ExecSpec spec, ExecFiles files) {
    var plain =
        probed.detachedExec()
            ? cli.detachedExec(monitored.id(), files)
            : cli.exec(monitored.id(), files);
    var command = spec.share().map(plain::within).orElse(plain);
    return probed.detachedExec()
        ? host.processes().runDetached(mine, command, files.pid(), spec.outputBytesMax())
        : host.processes().run(mine, command, Buffer.buffer(), spec.outputBytesMax());
  }

  /** Kills what the exec is, and fails with {@code fault} once it is gone. */
  private Future<Output> stopped(
      Call mine, Monitored monitored, ExecFiles files, RuntimeFault fault) {
    return killed(mine, monitored, files)
        .transform(
            _ -> {
              mine.cancel("stopped");
              // The runtime may have been about to start the command when it was looked for.
              return killed(mine.detached(), monitored, files);
            })
        .transform(killed -> Future.failedFuture(fault.alongside(killed.cause())));
  }

  private List<Long> timers(Call call, ExecSpec spec, Consumer<RuntimeFault> stop) {
    var own = spec.timeout().map(limit -> timer(limit, () -> stop.accept(spec.late())));
    var callers = call.remaining().map(left -> timer(left, () -> call.over().ifPresent(stop)));
    return Stream.of(own, callers).flatMap(Optional::stream).toList();
  }

  private long timer(Duration delay, Runnable action) {
    // Rounded up, or a deadline would not have passed yet when its timer fires.
    return vertx.setTimer(delay.toMillis() + 1, _ -> action.run());
  }

  /** A failure of the runtime's own is in its log; anything else is the command's answer. */
  private Future<ExecResult> answered(ExecFiles files, Output output) {
    var result =
        new ExecResult(output.exitCode(), output.stdout(), output.stderr(), output.truncated());
    if (output.exitCode() == 0) {
      return Future.succeededFuture(result);
    }
    return host.disk()
        .run(files::said)
        .compose(
            log ->
                Complaint.isOne(log)
                    ? Future.failedFuture(cli.execRefused(log))
                    : Future.succeededFuture(result));
  }
}
