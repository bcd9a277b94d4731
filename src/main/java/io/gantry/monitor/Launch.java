package io.gantry.monitor;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.Documents;
import io.gantry.driver.Patience;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Child;
import io.gantry.host.Command;
import io.gantry.host.Command.Io;
import io.gantry.host.Command.Limits;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.runtime.ContainerProcess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Spawns a conmon, which runs the runtime's {@code create} and stays.
 *
 * <pre>
 *   daemon ── spawn ──► conmon        waits for a byte on the start pipe
 *          ── byte ───►   ├─ writes its child's pid file and exits
 *                         └─ child ──► runtime create ──► container process
 *          ◄── {"pid": N} ──┘          on the sync pipe, one line; the child keeps the pipe
 * </pre>
 */
final class Launch {
  /** For conmon, and through it for the runtime. */
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final int SYNC = 3;
  private static final int START = 4;
  private static final int WORDS_BYTES_MAX = 64 << 10;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Vertx vertx;
  private final Host host;
  private final ConmonConfig config;
  private final OciCli cli;

  Launch(Vertx vertx, Host host, ConmonConfig config, OciCli cli) {
    this.vertx = vertx;
    this.host = host;
    this.config = config;
    this.cli = cli;
  }

  /** The container's process and its conmon. Whoever calls clears up if it fails. */
  Future<ContainerProcess> run(Call call, Workload workload) {
    return host.processes()
        .spawn(conmon(workload))
        .compose(
            child ->
                released(call, workload, child)
                    .eventually(
                        () -> {
                          child.close();
                          return Future.succeededFuture();
                        }));
  }

  private Future<ContainerProcess> released(Call call, Workload workload, Child child) {
    var line = FirstLine.of(child.reading(SYNC), WORDS_BYTES_MAX);
    var words = Words.of(child.reading(2), WORDS_BYTES_MAX);
    return child
        .writing(START)
        .end(Buffer.buffer(new byte[] {0}))
        .compose(_ -> Patience.until(vertx, call, PATIENCE, "conmon", child.exit()))
        .compose(code -> code == 0 ? monitor(workload) : failed(code, words))
        .compose(
            monitor ->
                Patience.until(vertx, call, PATIENCE, config.runtimeName() + " create", line)
                    .recover(cause -> silent(cause, words))
                    .compose(answer -> first(answer, workload))
                    .map(first -> new ContainerProcess(first, monitor)));
  }

  private <T> Future<T> failed(int code, Words words) {
    return words
        .settled(vertx)
        .compose(
            said ->
                Future.failedFuture(
                    RuntimeFault.internal(
                        "conmon: exit code " + code + ": " + said + " (expected: 0)", null)));
  }

  /** What it said elsewhere, if that is anything. */
  private Future<String> silent(Throwable cause, Words words) {
    return words
        .settled(vertx)
        .compose(
            said ->
                Future.failedFuture(said.isEmpty() ? cause : RuntimeFault.of(cause).during(said)));
  }

  private Future<ProcessRef> monitor(Workload workload) {
    return host.disk()
        .run(() -> Integer.parseInt(Files.readString(workload.bundle().monitorPid()).strip()))
        .compose(pid -> living("conmon", pid));
  }

  private Future<ProcessRef> first(String answer, Workload workload) {
    try {
      var said = Documents.JSON.readTree(answer);
      var pid = said.path("pid").asInt(-1);
      return pid > 0
          ? living("container process", pid)
          : Future.failedFuture(
              Complaint.ofCreate(
                  config.runtimeName() + " create",
                  said.path("message").asText(""),
                  workload.spec().process().args()));
    } catch (JsonProcessingException malformed) {
      return Future.failedFuture(
          RuntimeFault.internal(
              "conmon: '" + answer + "' (expected: a JSON object with a pid)", malformed));
    }
  }

  private Future<ProcessRef> living(String what, int pid) {
    return host.processes()
        .find(pid)
        .map(
            found ->
                found.orElseThrow(
                    () ->
                        new RuntimeFault(
                            Kind.INTERNAL, what + ": ended at once (expected: to stay)")));
  }

  private Command conmon(Workload workload) {
    var environment =
        Map.of(
            "PATH",
            PATH,
            // conmon stamps log lines in local time
            "TZ",
            "UTC",
            "_OCI_SYNCPIPE",
            String.valueOf(SYNC),
            "_OCI_STARTPIPE",
            String.valueOf(START));
    return cli.executing(
        Command.of(config.conmon(), arguments(workload))
            .with(environment)
            // conmon writes its file about lack of memory to where it stands
            .in(workload.bundle().directory())
            .connecting(
                Map.of(
                    0,
                    Io.NOTHING,
                    1,
                    Io.NOTHING,
                    2,
                    Io.CHILD_WRITES,
                    SYNC,
                    Io.CHILD_WRITES,
                    START,
                    Io.CHILD_READS))
            // the pod's lack of memory must not end the one who reports it
            .limited(new Limits(OptionalInt.of(-999), OptionalLong.empty())));
  }

  private List<String> arguments(Workload workload) {
    var bundle = workload.bundle();
    var arguments = new ArrayList<String>();
    addAll(arguments, "-b", bundle.directory(), "-c", workload.id(), "-u", workload.id());
    var program = cli.creating(workload);
    addAll(arguments, "-n", workload.id(), "-r", program.path());
    program.options().forEach(option -> addAll(arguments, "--runtime-arg", option));
    if (workload.bySystemd()) {
      addAll(arguments, "--runtime-arg", "--systemd-cgroup");
    }
    addAll(arguments, "--exit-dir", config.exits(), "--persist-dir", bundle.persistent());
    addAll(arguments, "-P", bundle.monitorPid(), "-p", bundle.firstPid());
    addAll(arguments, "-l", workload.log().map(Launch::logged).orElse("off"));
    // the attach socket lies in the bundle itself: no directory of links that could be left over
    addAll(arguments, "--full-attach", "--log-level", "warning");
    if (workload.terminal()) {
      arguments.add("-t");
    }
    if (workload.stdin()) {
      arguments.add("-i");
    }
    if (workload.stdin() && !workload.stdinOnce()) {
      arguments.add("--leave-stdin-open");
    }
    return arguments;
  }

  private static String logged(Path log) {
    return "k8s-file:" + log;
  }

  private static void addAll(List<String> arguments, Object... more) {
    for (var argument : more) {
      arguments.add(argument.toString());
    }
  }
}
