package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs plugins: configuration on standard input, parameters in the environment (CNI spec, 2). */
final class Plugins {
  private final Vertx vertx;
  private final Host host;
  private final BinDirs binDirs;

  Plugins(Vertx vertx, Host host, BinDirs binDirs) {
    this.vertx = vertx;
    this.host = host;
    this.binDirs = binDirs;
  }

  Future<ObjectNode> add(Call call, Invocation run) {
    return succeeded(call, run).map(output -> PluginOutput.result(run, output));
  }

  /** Everything but an ADD: what a plugin prints when it succeeds says nothing. */
  Future<Void> run(Call call, Invocation run) {
    return succeeded(call, run).mapEmpty();
  }

  private Future<Output> succeeded(Call call, Invocation run) {
    return call.phase(
        run.phase(),
        () ->
            host.disk()
                .run(() -> binDirs.find(run.type()))
                .compose(program -> bounded(call, run, program))
                .compose(
                    output ->
                        output.exitCode() == 0
                            ? Future.succeededFuture(output)
                            : Future.failedFuture(PluginOutput.refusal(run, output))));
  }

  /** Runs a plugin with a call of its own, which ends with the caller's or at the bound. */
  private Future<Output> bounded(Call call, Invocation run, Path program) {
    var own = call.detached();
    var patience = call.remaining().filter(left -> left.compareTo(run.bound()) < 0);
    var timer = vertx.setTimer(millis(patience.orElse(run.bound())), _ -> own.cancel("too late"));
    var unwatch = call.onCancel(() -> own.cancel("cancelled"));
    return host.processes()
        .run(own, command(run, program), input(run), CniJson.BYTES_MAX)
        .andThen(
            _ -> {
              vertx.cancelTimer(timer);
              unwatch.run();
            })
        .recover(cause -> Future.failedFuture(reason(call, own, run, cause)));
  }

  private static Buffer input(Invocation run) {
    return Buffer.buffer(CniJson.bytes(run.request()));
  }

  /** One processor for Go's scheduler, as in runc: a plugin does one thing after the other. */
  private Command command(Invocation run, Path program) {
    var command = Command.of(program, List.of());
    var environment = new HashMap<>(command.environment());
    environment.put("GOMAXPROCS", "1");
    environment.putAll(run.environment(binDirs));
    return command.with(Map.copyOf(environment));
  }

  /** The caller's end goes before the plugin's: the one explains the other. */
  private static RuntimeFault reason(Call call, Call own, Invocation run, Throwable cause) {
    return call.over()
        .orElseGet(
            () ->
                own.over().isPresent()
                    ? RuntimeFault.unavailable(
                        "%s: no answer within %d ms, killed"
                            .formatted(run.what(), run.bound().toMillis()),
                        cause)
                    : RuntimeFault.of(cause).during(run.what()));
  }

  /** Rounded up: a timer of no time is refused, and the caller's own deadline must be over. */
  private static long millis(Duration duration) {
    return duration.toMillis() + 1;
  }
}
