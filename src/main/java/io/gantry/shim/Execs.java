package io.gantry.shim;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.gantry.call.Call;
import io.gantry.driver.Documents;
import io.gantry.driver.ExecKin;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Fifos;
import io.gantry.host.Host;
import io.gantry.runtime.ExecResult;
import io.gantry.runtime.ExecSpec;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.gantry.shim.Probe.Probed;
import io.gantry.shim.proto.DeleteRequest;
import io.gantry.shim.proto.ExecProcessRequest;
import io.gantry.shim.proto.KillRequest;
import io.gantry.shim.proto.StartRequest;
import io.gantry.shim.proto.StateRequest;
import io.gantry.shim.proto.WaitResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands in containers.
 *
 * <pre>
 *   Exec, Start ──► runs ──► Wait ──► its streams end ──► Delete
 * </pre>
 *
 * Nothing of an exec is meant to outlive the daemon: each leaves a directory in the bundle while it
 * runs, by which a daemon that starts anew finds and ends what a killed one left.
 */
final class Execs {
  private static final Logger LOGGER = LoggerFactory.getLogger(Execs.class);
  private static final int KILL = 9;
  private static final int CODE_UNKNOWN = 255;
  private static final String PROCESS = "types.containerd.io/opencontainers/runtime-spec/1/Process";

  private final Vertx vertx;
  private final Host host;
  private final Probed probed;
  private final ExecKin kin;

  Execs(Vertx vertx, Host host, Probed probed) {
    this.vertx = vertx;
    this.host = host;
    this.probed = probed;
    this.kin = ExecKin.on(vertx, host);
  }

  /**
   * One that has been started.
   *
   * @param pid in the host's eyes, if the shim's containers are processes of the host
   * @param exit its code; 255 if nobody saw it
   */
  record Running(
      Held held,
      ShimProcess shim,
      String id,
      int pid,
      Pipes pipes,
      Optional<Fifos.Sink> input,
      Future<Integer> exit) {}

  Future<ExecResult> run(Call call, Held held, ExecSpec spec) {
    return begun(call, held, spec.command(), false, false)
        .compose(running -> new Collecting(running, spec).within(call));
  }

  Future<ExecStreams> stream(Call call, Held held, ExecStreamSpec spec) {
    return begun(call, held, spec.command(), spec.terminal(), spec.stdin())
        .map(running -> new StreamedExec(vertx, this, running, spec));
  }

  private Future<Running> begun(
      Call call, Held held, List<String> command, boolean terminal, boolean input) {
    var id = UUID.randomUUID().toString();
    var stdio = new Stdio(held.workload().bundle().execs().resolve(id), terminal, input);
    var shim = held.running();
    var first = new AtomicInteger();
    host.cgroups().expectJoin();
    return call.alive()
        .compose(_ -> Pipes.made(vertx, host, stdio))
        .compose(
            pipes ->
                shim.ask(
                        call, Verb.EXEC, request(held, id, stdio, process(held, command, terminal)))
                    .compose(_ -> started(call.detached(), held, shim, id))
                    .onSuccess(first::set)
                    .compose(pid -> call.alive().map(pid))
                    .compose(pid -> pipes.opened().map(pid))
                    .compose(
                        pid -> pipes.input().map(sink -> running(held, shim, id, pid, pipes, sink)))
                    .recover(cause -> undone(call, held, shim, id, first.get(), pipes, cause)))
        .onFailure(_ -> host.disk().delete(stdio.directory()));
  }

  private byte[] process(Held held, List<String> command, boolean terminal) {
    var process = held.workload().spec().process().running(command);
    return Documents.bytes(probed.allowed().clamp(terminal ? process.onTerminal() : process))
        .getBytes();
  }

  private static ExecProcessRequest request(Held held, String id, Stdio stdio, byte[] process) {
    return ExecProcessRequest.newBuilder()
        .setId(held.id())
        .setExecId(id)
        .setTerminal(stdio.terminal())
        .setStdin(Stdio.told(stdio.input()))
        .setStdout(stdio.output().toString())
        .setStderr(Stdio.told(stdio.errors()))
        .setSpec(
            Any.newBuilder().setTypeUrl(PROCESS).setValue(ByteString.copyFrom(process)).build())
        .build();
  }

  /**
   * What cannot be run is refused for what it is, whatever code the shim has for that. A start is
   * waited for though its caller has gone: what it is about to run could not be killed before.
   */
  private static Future<Integer> started(Call call, Held held, ShimProcess shim, String id) {
    var request = StartRequest.newBuilder().setId(held.id()).setExecId(id).build();
    return shim.ask(call, Verb.START, "exec", request, ShimProcess.PATIENCE)
        .map(answer -> answer.getPid())
        .recover(
            cause -> {
              var fault = RuntimeFault.of(cause);
              return Future.failedFuture(
                  fault.kind() == Kind.INTERNAL
                      ? RuntimeFault.precondition(String.valueOf(fault.getMessage()))
                      : fault);
            });
  }

  private Running running(
      Held held, ShimProcess shim, String id, int pid, Pipes pipes, Optional<Fifos.Sink> input) {
    var exit =
        shim.awaitExit(held.id(), id).map(WaitResponse::getExitStatus).otherwise(CODE_UNKNOWN);
    return new Running(held, shim, id, pid, pipes, input, exit);
  }

  private <T> Future<T> undone(
      Call call, Held held, ShimProcess shim, String id, int pid, Pipes pipes, Throwable cause) {
    pipes.close();
    return kill(call.detached(), held, shim, id, pid)
        .onComplete(_ -> forgotten(held, shim, id))
        .transform(done -> Future.failedFuture(RuntimeFault.of(cause).alongside(done.cause())));
  }

  /** Its streams have ended: what the command left running of its own will is the container's. */
  void over(Running running) {
    running.pipes().close();
    running.input().ifPresent(Fifos.Sink::close);
    host.disk().delete(running.held().workload().bundle().execs().resolve(running.id()));
    forgotten(running.held(), running.shim(), running.id());
  }

  /** A shim waits here, for seconds, for whoever holds the output still: nobody waits for it. */
  private Future<Void> forgotten(Held held, ShimProcess shim, String id) {
    var request = DeleteRequest.newBuilder().setId(held.id()).setExecId(id).build();
    return shim.ask(Call.internal(Call.Tools.plain(), "EndExec"), Verb.DELETE, request)
        .<Void>mapEmpty()
        .recover(_ -> Future.succeededFuture()); // it goes with the container at the latest
  }

  /** Kills it with all that it started. */
  Future<Void> kill(Running running) {
    var call = Call.internal(Call.Tools.plain(), "EndExec");
    return kill(call, running.held(), running.shim(), running.id(), running.pid())
        .onFailure(
            cause ->
                LOGGER
                    .atWarn()
                    .addKeyValue("containerId", running.held().id())
                    .addKeyValue("error", cause.getMessage())
                    .log("an exec was not ended"));
  }

  /** By the kernel, where its pid is that of a process in the container's group; by the shim. */
  private Future<Void> kill(Call call, Held held, ShimProcess shim, String id, int pid) {
    ExecKin.Roots roots = members -> members.contains(pid) ? Set.of(pid) : Set.of();
    return kin.kill(call, held.cgroup(), roots).compose(_ -> signal(call, held, shim, id, KILL));
  }

  /** One that has ended, or has never begun, is a success. */
  Future<Void> signal(Call call, Held held, ShimProcess shim, String id, int signal) {
    var request = KillRequest.newBuilder().setId(held.id()).setExecId(id).setSignal(signal).build();
    return shim.ask(call, Verb.KILL, request)
        .<Void>mapEmpty()
        .recover(
            cause ->
                switch (RuntimeFault.of(cause).kind()) {
                  case NOT_FOUND, FAILED_PRECONDITION -> Future.succeededFuture();
                  default -> Future.failedFuture(cause);
                });
  }

  /** Ends what is left of execs in a container that an earlier daemon ran. */
  Future<Void> sweep(Call call, Held held, ShimProcess shim) {
    return host.disk()
        .run(() -> left(held.workload().bundle()))
        .compose(ids -> Future.join(ids.stream().map(id -> swept(call, held, shim, id)).toList()))
        .mapEmpty();
  }

  private static List<String> left(Bundle bundle) throws IOException {
    var ids = new ArrayList<String>();
    if (Files.isDirectory(bundle.execs())) {
      try (var directories = Files.newDirectoryStream(bundle.execs())) {
        directories.forEach(directory -> ids.add(String.valueOf(directory.getFileName())));
      }
    }
    return ids;
  }

  private Future<Void> swept(Call call, Held held, ShimProcess shim, String id) {
    var request = StateRequest.newBuilder().setId(held.id()).setExecId(id).build();
    return shim.ask(call, Verb.STATE, request)
        .compose(state -> kill(call, held, shim, id, state.getPid()))
        .recover(
            cause ->
                RuntimeFault.of(cause).kind() == Kind.NOT_FOUND
                    ? Future.succeededFuture()
                    : Future.failedFuture(cause))
        .onSuccess(_ -> forgotten(held, shim, id))
        .compose(_ -> host.disk().delete(held.workload().bundle().execs().resolve(id)));
  }

  /** An exec whose output is kept. */
  private final class Collecting {
    private final Running running;
    private final ExecSpec spec;
    private final Captured stdout;
    private final Captured stderr;
    private final Promise<ExecResult> result = Promise.promise();
    private boolean stopped;

    Collecting(Running running, ExecSpec spec) {
      this.running = running;
      this.spec = spec;
      stdout = new Captured(running.pipes().output(), spec.outputBytesMax());
      stderr = new Captured(running.pipes().errors().orElseThrow(), spec.outputBytesMax());
    }

    /** Until it ends, its time is up or the caller has gone; then its kin is killed. */
    Future<ExecResult> within(Call call) {
      Consumer<RuntimeFault> stop = this::stop;
      var timers = new ArrayList<Long>();
      // Rounded up, or a deadline would not have passed yet when its timer fires.
      spec.timeout()
          .ifPresent(
              limit ->
                  timers.add(vertx.setTimer(limit.toMillis() + 1, _ -> stop.accept(spec.late()))));
      call.remaining()
          .ifPresent(
              left ->
                  timers.add(
                      vertx.setTimer(left.toMillis() + 1, _ -> call.over().ifPresent(stop))));
      var context = vertx.getOrCreateContext();
      var unwatch = call.onCancel(() -> context.runOnContext(_ -> call.over().ifPresent(stop)));
      running.exit().onComplete(_ -> running.pipes().finish());
      running
          .pipes()
          .drained()
          .compose(_ -> running.exit())
          .onSuccess(
              code -> {
                if (!stopped) {
                  result.tryComplete(
                      new ExecResult(
                          code, stdout.bytes, stderr.bytes, stdout.truncated || stderr.truncated));
                }
              });
      return result
          .future()
          .onComplete(
              _ -> {
                timers.forEach(vertx::cancelTimer);
                unwatch.run();
                over(running);
              });
    }

    private void stop(RuntimeFault fault) {
      if (!stopped && !result.future().isComplete()) {
        stopped = true;
        kill(running).onComplete(killed -> result.tryFail(fault.alongside(killed.cause())));
      }
    }
  }

  /** The beginning of an output; the rest is read and dropped. */
  private static final class Captured {
    private final Buffer bytes = Buffer.buffer();
    private boolean truncated;

    Captured(Output output, int bytesMax) {
      output.handler(
          more -> {
            var room = Math.min(more.length(), bytesMax - bytes.length());
            bytes.appendBuffer(more, 0, room);
            truncated |= room < more.length();
          });
    }
  }
}
