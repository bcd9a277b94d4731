package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.host.Child;
import io.gantry.host.Command;
import io.gantry.host.Command.Io;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A command in a container under a conmon of its own, which answers when the command has ended and
 * not when the last holder of its output has. conmon's log is a pipe to the daemon, so that no
 * command can fill a disk with it; the log's lines are put together again as they come.
 */
final class MonitoredExec {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Host host;
  private final ConmonConfig config;
  private final OciCli cli;

  MonitoredExec(Vertx vertx, Host host, ConmonConfig config, OciCli cli) {
    this.vertx = vertx;
    this.host = host;
    this.config = config;
    this.cli = cli;
  }

  /** Ends when the command has ended; if the call is cancelled, its conmon is killed. */
  Future<Output> run(Call call, String id, ExecFiles files, int outputBytesMax) {
    return host.processes()
        .spawn(conmon(id, files))
        .compose(
            child ->
                output(call, child, new CriLines(outputBytesMax))
                    .eventually(
                        () -> {
                          child.close();
                          return Future.succeededFuture();
                        }));
  }

  private Future<Output> output(Call call, Child child, CriLines lines) {
    var said = ended(child.reading(1), lines);
    var unwatch = call.onCancel(() -> host.processes().signal(child.ref(), Clearing.KILL));
    return child
        .exit()
        .compose(
            code ->
                Patience.until(vertx, call, PATIENCE, "conmon's log", said)
                    .map(_ -> new Output(code, lines.stdout(), lines.stderr(), lines.truncated())))
        .andThen(_ -> unwatch.run());
  }

  private static Future<Void> ended(ReadStream<Buffer> log, CriLines lines) {
    var ended = Promise.<Void>promise();
    log.exceptionHandler(ended::tryFail);
    log.endHandler(_ -> ended.tryComplete());
    log.handler(lines::take);
    return ended.future();
  }

  private Command conmon(String id, ExecFiles files) {
    var arguments = new ArrayList<>(List.of("-c", id, "-u", id, "-n", id));
    arguments.addAll(List.of("-r", config.runtime().toString()));
    for (var options : List.of(cli.globalOptions(), cli.logOptions(files))) {
      options.forEach(option -> arguments.addAll(List.of("--runtime-arg", option)));
    }
    arguments.addAll(List.of("-e", "--exec-process-spec", files.process().toString()));
    arguments.addAll(List.of("-p", files.pid().toString()));
    // opened before conmon turns its own output away
    arguments.addAll(List.of("-l", "k8s-file:/proc/self/fd/1", "--no-sync-log"));
    // one fork less: conmon itself is waited for, and ends with the command's exit code
    arguments.addAll(List.of("--sync", "--log-level", "error"));
    return Command.of(config.conmon(), arguments)
        .with(Map.of("PATH", Launch.PATH, "TZ", "UTC"))
        .in(files.directory())
        .connecting(Map.of(0, Io.NOTHING, 1, Io.CHILD_WRITES, 2, Io.NOTHING))
        .hiding(cli.hidden());
  }
}
