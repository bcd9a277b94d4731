package io.gantry.monitor;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.Documents;
import io.gantry.driver.ExecKin;
import io.gantry.driver.Patience;
import io.gantry.driver.PidFile;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Child;
import io.gantry.host.Command;
import io.gantry.host.Command.Io;
import io.gantry.host.Connection;
import io.gantry.host.Host;
import io.gantry.monitor.Probe.Probed;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands in containers with their streams in somebody's hands (decision 0014).
 *
 * <p>Without a terminal, the runtime starts the command on pipes of this daemon's and ends; the
 * command is an orphan then, which the kernel gives to the daemon, and so is its exit code.
 *
 * <pre>
 *   daemon ── spawn, pipes ──► runtime exec --detach ── the same pipes ──► command
 *          ◄── exit, pid file ──┘                                            │
 *          ◄── exit code ────────────────────────────────────────────────────┘
 * </pre>
 *
 * With a terminal, somebody must hold that, and take its size: a conmon for each, which is attached
 * to before it starts the command.
 *
 * <pre>
 *   daemon ── spawn ──► conmon          waits for a byte on the start pipe
 *          ── byte ───►   ├─ opens its attach socket
 *          ◄── line ──────┤             on the attach pipe
 *          ── connect, byte ─►├─ runtime exec --detach --tty
 *          ◄── {"data": pid} ─┘         on the sync pipe; −1 and a message if it failed
 * </pre>
 */
final class StreamedExecs {
  private static final Logger LOGGER = LoggerFactory.getLogger(StreamedExecs.class);

  /** What a command gets to end by itself once nobody is there any more. */
  static final Duration GRACE = Duration.ofSeconds(2);

  private static final int SYNC = 3;
  private static final int START = 4;
  private static final int ATTACH = 5;
  private static final int LINE_BYTES_MAX = 64 << 10;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Vertx vertx;
  private final Host host;
  private final ConmonConfig config;
  private final OciCli cli;
  private final Probed probed;
  private final Signals signals;
  private final ExecKin kin;

  StreamedExecs(
      Vertx vertx, Host host, ConmonConfig config, OciCli cli, Probed probed, Signals signals) {
    this.signals = signals;
    this.vertx = vertx;
    this.host = host;
    this.config = config;
    this.cli = cli;
    this.probed = probed;
    this.kin = ExecKin.on(vertx, host);
  }

  Future<ExecStreams> start(Call call, Monitored monitored, ExecStreamSpec spec) {
    var files = ExecFiles.in(monitored.bundle(), UUID.randomUUID().toString());
    host.cgroups().expectJoin();
    return call.alive()
        .compose(_ -> host.disk().act(() -> files.make(process(monitored, spec))))
        .compose(
            _ ->
                spec.terminal()
                    ? terminal(call, monitored, spec, files)
                    : piped(call, monitored, spec, files))
        .onFailure(_ -> cleared(monitored, files));
  }

  private Process process(Monitored monitored, ExecStreamSpec spec) {
    var process = monitored.workload().spec().process().running(spec.command());
    return probed.allowed().clamp(spec.terminal() ? process.onTerminal() : process);
  }

  // ---- without a terminal

  private Future<ExecStreams> piped(
      Call call, Monitored monitored, ExecStreamSpec spec, ExecFiles files) {
    var since = System.nanoTime();
    return host.processes()
        .spawn(cli.detachedExec(monitored.id(), files).connecting(connected(spec)))
        .compose(
            starter ->
                Patience.until(
                        vertx, call, PATIENCE, config.runtimeName() + " exec", starter.exit())
                    .compose(code -> pid(files, code))
                    .map(pid -> host.processes().exitOfOrphan(pid, since))
                    .map(exit -> piped(monitored, spec, files, starter, exit))
                    .onFailure(_ -> starter.close()));
  }

  private static Map<Integer, Io> connected(ExecStreamSpec spec) {
    return Map.of(
        0, spec.stdin() ? Io.CHILD_READS : Io.NOTHING,
        1, spec.stdout() ? Io.CHILD_WRITES : Io.NOTHING,
        2, spec.stderr() ? Io.CHILD_WRITES : Io.NOTHING);
  }

  private Future<Integer> pid(ExecFiles files, int code) {
    return code == 0
        ? host.disk()
            .run(
                () ->
                    PidFile.read(files.pid())
                        .orElseThrow(
                            () ->
                                RuntimeFault.internal(
                                    config.runtimeName() + " exec: no pid (expected: one)", null)))
        : complaint(files, "exit code " + code);
  }

  private ExecStreams piped(
      Monitored monitored,
      ExecStreamSpec spec,
      ExecFiles files,
      Child starter,
      Future<Integer> exit) {
    // What the command left running of its own will belongs to the container.
    exit.onComplete(_ -> host.disk().delete(files.directory()));
    return new PipedExec(vertx, spec, starter, exit, () -> kill(monitored, files));
  }

  // ---- with a terminal

  private Future<ExecStreams> terminal(
      Call call, Monitored monitored, ExecStreamSpec spec, ExecFiles files) {
    return host.processes()
        .spawn(conmon(monitored.id(), spec, files))
        .compose(child -> started(call, monitored, spec, files, child));
  }

  private Future<ExecStreams> started(
      Call call, Monitored monitored, ExecStreamSpec spec, ExecFiles files, Child child) {
    var attachable = FirstLine.of(child.reading(ATTACH), LINE_BYTES_MAX);
    var answer = FirstLine.of(child.reading(SYNC), LINE_BYTES_MAX);
    var steps =
        go(child)
            .compose(_ -> attachable)
            .compose(_ -> host.sockets().packets(files.attach()))
            .compose(
                connection ->
                    go(child)
                        .compose(_ -> answer)
                        .compose(line -> running(files, line))
                        .onFailure(_ -> connection.close())
                        .map(_ -> streams(monitored, spec, files, child, connection)));
    return Patience.until(vertx, call, PATIENCE, config.runtimeName() + " exec", steps)
        .onFailure(
            _ -> {
              child.close();
              steps.onSuccess(ExecStreams::close); // it came after all, and too late
            });
  }

  private static Future<Void> go(Child child) {
    return child.writing(START).write(Buffer.buffer(new byte[] {0}));
  }

  private ExecStreams streams(
      Monitored monitored,
      ExecStreamSpec spec,
      ExecFiles files,
      Child child,
      Connection connection) {
    // What the command left running of its own will belongs to the container.
    child.exit().onComplete(_ -> host.disk().delete(files.directory()));
    return new TerminalExec(
        vertx, host, spec, files, child, connection, () -> kill(monitored, files));
  }

  private Future<Void> running(ExecFiles files, String line) {
    try {
      var said = Documents.JSON.readTree(line);
      return said.path("data").asInt(-1) > 0
          ? Future.succeededFuture()
          : complaint(files, said.path("message").asText(""));
    } catch (JsonProcessingException malformed) {
      return Future.failedFuture(
          RuntimeFault.internal(
              "conmon: '" + line + "' (expected: a JSON object with data)", malformed));
    }
  }

  /** Fails with what the runtime has to say, or with {@code otherwise}. */
  private <T> Future<T> complaint(ExecFiles files, String otherwise) {
    return host.disk()
        .run(files::said)
        .map(log -> Complaint.isOne(log) ? log : otherwise)
        .compose(words -> Future.failedFuture(cli.execRefused(words)));
  }

  /** Whatever a failed start has left, and the files. */
  private Future<Void> cleared(Monitored monitored, ExecFiles files) {
    return kill(monitored, files).eventually(() -> host.disk().delete(files.directory()));
  }

  private Future<Void> kill(Monitored monitored, ExecFiles files) {
    var call = Call.internal(Call.Tools.plain(), "EndExec");
    return signals
        .killExec(call, monitored.id(), files)
        .compose(_ -> kin.kill(call, monitored.cgroup(), files))
        .onFailure(
            cause ->
                LOGGER
                    .atWarn()
                    .addKeyValue("containerId", monitored.id())
                    .addKeyValue("error", cause.getMessage())
                    .log("an exec was not ended"));
  }

  private Command conmon(String id, ExecStreamSpec spec, ExecFiles files) {
    var arguments = new ArrayList<>(List.of("--api-version", "1", "-c", id, "-u", id, "-n", id));
    arguments.addAll(List.of("-b", files.directory().toString(), "--full-attach"));
    var program = cli.execing(files);
    arguments.addAll(List.of("-r", program.path().toString()));
    program.options().forEach(option -> arguments.addAll(List.of("--runtime-arg", option)));
    arguments.addAll(List.of("-e", "--exec-attach"));
    arguments.addAll(List.of("--exec-process-spec", files.process().toString()));
    arguments.addAll(List.of("-p", files.pid().toString(), "-l", "off"));
    arguments.add("-t");
    if (spec.stdin()) {
      arguments.add("-i");
    }
    // one fork less: conmon itself is waited for, and ends with the command's exit code
    arguments.addAll(List.of("--sync", "--log-level", "error"));
    return cli.executing(
        Command.of(config.conmon(), arguments)
            .with(
                Map.of(
                    "PATH",
                    Launch.PATH,
                    "TZ",
                    "UTC",
                    "_OCI_SYNCPIPE",
                    String.valueOf(SYNC),
                    "_OCI_STARTPIPE",
                    String.valueOf(START),
                    "_OCI_ATTACHPIPE",
                    String.valueOf(ATTACH)))
            .in(files.directory())
            .connecting(
                Map.of(
                    0,
                    Io.NOTHING,
                    1,
                    Io.NOTHING,
                    2,
                    Io.NOTHING,
                    SYNC,
                    Io.CHILD_WRITES,
                    START,
                    Io.CHILD_READS,
                    ATTACH,
                    Io.CHILD_WRITES)));
  }
}
