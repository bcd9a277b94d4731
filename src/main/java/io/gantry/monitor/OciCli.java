package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.Documents;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Command;
import io.gantry.host.Host;
import io.gantry.host.Processes.Output;
import io.gantry.monitor.Probe.Probed;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The OCI runtime's command line, one method a verb. */
final class OciCli {
  private static final int OUTPUT_BYTES_MAX = 256 << 10;

  /** There are no processes any more; some files and control groups are gone in a moment. */
  private static final Duration DELETE_MAX = Duration.ofSeconds(10);

  private static final Duration KILL_MAX = Duration.ofSeconds(5);

  /** What stands in for a container may have been killed: nobody would answer. */
  private static final Duration START_MAX = Duration.ofMinutes(2);

  private final Host host;
  private final ConmonConfig config;
  private final Set<Path> hidden;
  private final boolean known;
  private final boolean ownKernel;

  OciCli(Host host, ConmonConfig config, Probed probed) {
    this.host = host;
    this.config = config;
    this.hidden = Set.copyOf(probed.hidden());
    // of others nobody knows what they keep besides files: a sandbox process, a machine
    this.ownKernel = probed.ownKernel();
    this.known = probed.features().version().matches("(crun|runc) .*");
  }

  /** What stands between the binary and the verb. */
  List<String> globalOptions() {
    var options = new ArrayList<String>();
    options.add("--root=" + config.root());
    options.addAll(config.options());
    return options;
  }

  /** A command of this host's that executes the runtime, or is told to. */
  Command executing(Command command) {
    var seeing = command.hiding(hidden);
    return known ? seeing.sealing(config.runtime()).with(alone(seeing.environment())) : seeing;
  }

  /**
   * runc, which does one thing after the other, starts sooner when Go's scheduler has one processor
   * to look after; it hands this on to its own child and to nobody else.
   */
  private static Map<String, String> alone(Map<String, String> environment) {
    var more = new HashMap<>(environment);
    more.put("GOMAXPROCS", "1");
    return more;
  }

  /**
   * What conmon is to execute.
   *
   * @param options between the program and the verb
   */
  record Program(Path path, List<String> options) {}

  Program creating(Workload workload) {
    return program(isStoodInFor(workload), "create", globalOptions());
  }

  Program execing(ExecFiles files) {
    var options = new ArrayList<>(globalOptions());
    options.addAll(logOptions(files));
    return program(ownKernel, "exec", options);
  }

  private Program program(boolean stoodInFor, String verb, List<String> options) {
    return stoodInFor
        ? new Program(
            StandIn.SHELL, StandIn.doing(verb, config.standIn(), config.runtime(), options))
        : new Program(config.runtime(), options);
  }

  /** What stands for a pod is a process of the host's in any case: the kernel itself. */
  private boolean isStoodInFor(Workload workload) {
    return ownKernel && !workload.standsForPod();
  }

  Future<Void> start(Call call, Workload workload) {
    return isStoodInFor(workload)
        ? said(
                bounded(call, START_MAX),
                "start",
                Command.of(StandIn.SHELL, StandIn.starting(config.standIn(), workload.bundle())),
                Buffer.buffer())
            .mapEmpty()
        : said(call, "start", List.of("start", workload.id())).mapEmpty();
  }

  /**
   * Sends a signal to the first process of a container, or to all. A kernel of the pod's own that
   * hangs does not answer: then it fails with DEADLINE_EXCEEDED.
   */
  Future<Void> kill(Call call, String id, int signal, boolean all) {
    var who = all ? List.of("kill", "--all", id) : List.of("kill", id);
    var words = new ArrayList<>(who);
    words.add(String.valueOf(signal));
    return said(bounded(call, KILL_MAX), "kill", words).mapEmpty();
  }

  /** Kills a group of processes, by the id that it has on the pod's kernel. */
  Future<Void> killGroup(Call call, String id, int group) {
    return said(
            bounded(call, KILL_MAX),
            "kill",
            List.of("kill", "--pgid", String.valueOf(group), id, "9"))
        .mapEmpty();
  }

  /** What a container uses, as JSON of the runtime's event {@code stats}. */
  Future<String> stats(Call call, String id) {
    return said(call, "events", List.of("events", "--stats", id))
        .map(output -> output.stdout().toString());
  }

  /** Changes limits; {@code resources} is JSON of the runtime specification. */
  Future<Void> update(Call call, String id, Buffer resources) {
    return said(call, "update", List.of("update", "--resources", "-", id), resources).mapEmpty();
  }

  /** Freezes the container's group. */
  Future<Void> pause(Call call, String id) {
    return frozen(call, "pause", id, "paused");
  }

  Future<Void> resume(Call call, String id) {
    return frozen(call, "resume", id, "running");
  }

  /** Leaves the container running. CRIU is the runtime's to find, on its path. */
  Future<Void> checkpoint(Call call, String id, Path images) {
    var words = new ArrayList<>(List.of("checkpoint", "--leave-running"));
    words.addAll(List.of("--image-path", images.toString(), "--work-path", images.toString()));
    if (!ownKernel) {
      words.addAll(List.of("--tcp-established", "--ext-unix-sk", "--file-locks"));
    }
    words.add(id);
    return said(call, "checkpoint", words)
        .<Void>mapEmpty()
        .recover(cause -> Future.failedFuture(unmet(RuntimeFault.of(cause))));
  }

  /** crun does it twice, runc refuses: what is as it should be is no failure. */
  private Future<Void> frozen(Call call, String verb, String id, String wanted) {
    return said(call, verb, List.of(verb, id))
        .<Void>mapEmpty()
        .recover(
            cause ->
                status(call, id)
                    .compose(
                        status ->
                            status.equals(wanted)
                                ? Future.succeededFuture()
                                : Future.failedFuture(unmet(RuntimeFault.of(cause)))));
  }

  private static RuntimeFault unmet(RuntimeFault fault) {
    return fault.kind() == Kind.INTERNAL
        ? RuntimeFault.precondition(String.valueOf(fault.getMessage()))
        : fault;
  }

  /** The runtime's status of a container: {@code created}, {@code running}, {@code stopped}, … */
  Future<String> status(Call call, String id) {
    return said(call, "state", List.of("state", id))
        .map(
            output -> {
              try {
                return Documents.JSON.readTree(output.stdout().toString()).path("status").asText();
              } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
                throw RuntimeFault.internal(config.runtimeName() + " state: not JSON", malformed);
              }
            });
  }

  /**
   * Makes the runtime forget a container whose processes are gone. Idempotent. What the runtime
   * itself cannot read any more, because it was killed while it wrote, is deleted as a directory.
   */
  Future<Void> delete(Call call, String id) {
    var state = config.root().resolve(id);
    if (ownKernel) {
      return said(bounded(call, DELETE_MAX), "delete", List.of("delete", "--force", id))
          .<Void>mapEmpty()
          .recover(_ -> call.alive())
          .compose(_ -> deleteRecords(id));
    }
    return exists(state)
        .compose(
            there ->
                there
                    ? said(bounded(call, DELETE_MAX), "delete", List.of("delete", "--force", id))
                        .<Void>mapEmpty()
                        .recover(_ -> call.alive())
                        .compose(_ -> host.disk().delete(state))
                    : Future.succeededFuture());
  }

  /**
   * The same for a container whose processes are gone, whose group is removed by us, and which has
   * no hooks: of such a one crun and runc keep a directory and nothing else, and starting them to
   * delete it would take longer than all the rest of a removal.
   */
  Future<Void> forget(Call call, String id) {
    return known ? host.disk().delete(config.root().resolve(id)) : delete(call, id);
  }

  /** Such a runtime keeps files: {@code CONTAINER_sandbox:POD.state}, and a lock beside it. */
  private Future<Void> deleteRecords(String id) {
    return host.disk()
        .run(
            () -> {
              try (var files = Files.list(config.root())) {
                return files
                    .filter(file -> String.valueOf(file.getFileName()).startsWith(id + "_sandbox:"))
                    .toList();
              }
            })
        .compose(
            files ->
                Future.join(files.stream().map(file -> host.disk().delete(file)).toList())
                    .mapEmpty());
  }

  /** A runtime that hangs is killed: what it should have deleted is deleted without it. */
  private static Call bounded(Call call, Duration most) {
    return call.within(call.remaining().filter(left -> left.compareTo(most) < 0).orElse(most));
  }

  /** The command that runs a process in a container and waits for its end. */
  Command exec(String id, ExecFiles files) {
    return exec(id, files, List.of());
  }

  /** The same, which leaves the process behind once it runs. */
  Command detachedExec(String id, ExecFiles files) {
    return exec(id, files, List.of("--detach"));
  }

  private Command exec(String id, ExecFiles files, List<String> more) {
    var words = new ArrayList<>(List.of("exec"));
    words.addAll(more);
    words.addAll(List.of("--process", files.process().toString()));
    words.addAll(List.of("--pid-file", files.pid().toString()));
    if (ownKernel) {
      words.addAll(List.of("--internal-pid-file", files.inner().toString()));
    }
    words.add(id);
    return command(logOptions(files), words);
  }

  /**
   * The fault of an exec that the runtime refuses. Where its words tell of no kind, it is that the
   * container is not as it would have to be.
   */
  RuntimeFault execRefused(String words) {
    return unmet(Complaint.of(config.runtimeName() + " exec", words));
  }

  /** What makes the runtime's own errors distinct from what the command says. */
  List<String> logOptions(ExecFiles files) {
    return List.of("--log=" + files.log(), "--log-format=json");
  }

  private Future<Output> said(Call call, String verb, List<String> arguments) {
    return said(call, verb, arguments, Buffer.buffer());
  }

  private Future<Output> said(Call call, String verb, List<String> arguments, Buffer input) {
    return said(call, verb, command(List.of(), arguments), input);
  }

  private Future<Output> said(Call call, String verb, Command command, Buffer input) {
    return host.processes()
        .run(call, command, input, OUTPUT_BYTES_MAX)
        .compose(output -> Complaint.unlessDone(config.runtimeName() + " " + verb, output));
  }

  private Command command(List<String> more, List<String> verb) {
    var arguments = new ArrayList<>(globalOptions());
    arguments.addAll(more);
    arguments.addAll(verb);
    return executing(Command.of(config.runtime(), arguments));
  }

  private Future<Boolean> exists(Path path) {
    return host.disk().run(() -> Files.exists(path));
  }
}
