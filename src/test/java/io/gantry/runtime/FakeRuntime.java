package io.gantry.runtime;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Connection;
import io.gantry.host.FakeSockets;
import io.gantry.host.ProcessRef;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pods and containers in memory, for the tests of those above the port. Containers run until the
 * test ends them, or a signal does: KILL always, TERM unless {@link #ignoringTerm}. Answers come at
 * once, on the caller's thread; {@link #hold} keeps one back. A restart of the daemon is a new user
 * of the same fake: {@link #recover} tells what is there.
 *
 * <p>Verbs, for {@link #failNext} and {@link #hold}: {@code open close create start signal exit
 * delete exec execStream attach dial reopenLog update pause resume checkpoint stats podStats
 * processes recover}.
 */
public final class FakeRuntime implements PodRuntime {
  private static final int KILL = 9;
  private static final int TERM = 15;
  private static final ProcessUsage ONE_PROCESS = new ProcessUsage(1, 3, 0, OptionalLong.of(1024));
  private static final ProcessUsage NO_PROCESS = new ProcessUsage(0, 0, 0, OptionalLong.empty());

  /** A container, as far as it has come. */
  private static final class Held {
    final ContainerSpec spec;
    final ContainerProcess process;
    final Promise<ExitStatus> exit = Promise.promise();
    volatile boolean started;

    Held(ContainerSpec spec, ContainerProcess process) {
      this.spec = spec;
      this.process = process;
    }
  }

  private final Clock clock;
  private final AtomicInteger lastPid = new AtomicInteger(1000);
  private final Map<ContainerId, Held> containers = new ConcurrentHashMap<>();
  private final Map<ContainerId, RuntimeSpec.Resources> limits = new ConcurrentHashMap<>();
  private final Map<ContainerId, ContainerUsage> usages = new ConcurrentHashMap<>();
  private final Map<SandboxId, PodUsage> podUsages = new ConcurrentHashMap<>();
  private final Map<SandboxId, PodSpec> pods = new ConcurrentHashMap<>();
  private final Map<SandboxId, Promise<ExitStatus>> podEnds = new ConcurrentHashMap<>();
  private final Map<String, ConcurrentLinkedQueue<RuntimeFault>> faults = new ConcurrentHashMap<>();
  private final Map<String, ConcurrentLinkedQueue<Promise<Void>>> holds = new ConcurrentHashMap<>();
  private final List<String> verbs = new CopyOnWriteArrayList<>();
  private final List<FakeStreams> streams = new CopyOnWriteArrayList<>();
  private final List<FakeSockets.Opened> connections = new CopyOnWriteArrayList<>();
  private volatile boolean ignoresTerm;
  private volatile Features features = new Features("fake 1.0", true, false);
  private volatile Function<ExecSpec, Future<ExecResult>> execs =
      _ -> Future.succeededFuture(new ExecResult(0, Buffer.buffer(), Buffer.buffer(), false));

  public FakeRuntime(Clock clock) {
    this.clock = clock;
  }

  /** Everything happens at the beginning of 1970. */
  public FakeRuntime() {
    this(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
  }

  /** The next call of {@code verb} that nothing was said about yet fails, without effect. */
  public void failNext(String verb, RuntimeFault fault) {
    faults.computeIfAbsent(verb, _ -> new ConcurrentLinkedQueue<>()).add(fault);
  }

  /** The next call of {@code verb} waits, before it has any effect, until this is completed. */
  public Promise<Void> hold(String verb) {
    var gate = Promise.<Void>promise();
    holds.computeIfAbsent(verb, _ -> new ConcurrentLinkedQueue<>()).add(gate);
    return gate;
  }

  /** Containers do not end of SIGTERM any more. */
  public FakeRuntime ignoringTerm() {
    ignoresTerm = true;
    return this;
  }

  public FakeRuntime withFeatures(Features features) {
    this.features = features;
    return this;
  }

  /** What commands in containers answer. */
  public FakeRuntime answeringExecs(Function<ExecSpec, Future<ExecResult>> answer) {
    execs = answer;
    return this;
  }

  /** The limits that a container was given since it was made. */
  public Optional<RuntimeSpec.Resources> limits(ContainerId container) {
    return Optional.ofNullable(limits.get(container));
  }

  /** What {@link #stats} answers for a container from now on; nothing at all unless told. */
  public void uses(ContainerId container, ContainerUsage usage) {
    usages.put(container, usage);
  }

  /** What {@link #podStats} answers for a pod from now on. */
  public void uses(SandboxId pod, PodUsage usage) {
    podUsages.put(pod, usage);
  }

  /** A container ends of its own accord. */
  public void end(ContainerId container, int code) {
    end(container, new ExitStatus(code, clock.instant(), false, true));
  }

  public void end(ContainerId container, ExitStatus status) {
    containers.get(container).exit.tryComplete(status);
  }

  /** The process that holds a pod's PID namespace ends, and all containers with it. */
  public void endPod(SandboxId pod, int code) {
    var status = new ExitStatus(code, clock.instant(), false, true);
    podEnds.get(pod).tryComplete(status);
    containers.values().stream()
        .filter(held -> held.spec.pod().equals(pod))
        .forEach(held -> held.exit.tryComplete(ExitStatus.unknown(clock.instant())));
  }

  /** Something went behind the daemon's back: the next {@link #recover} does not find it. */
  public void lose(ContainerId container) {
    containers.remove(container);
  }

  /** The streams of execs and attached clients so far, in order. */
  public List<FakeStreams> streams() {
    return List.copyOf(streams);
  }

  /** The connections to ports so far, in order. */
  public List<FakeSockets.Opened> connections() {
    return List.copyOf(connections);
  }

  /** What was called, in order: {@code create <id>}, {@code signal <id> 15}, … */
  public List<String> verbs() {
    return List.copyOf(verbs);
  }

  /** The containers that exist, ended ones included. */
  public List<ContainerId> containers() {
    return List.copyOf(containers.keySet());
  }

  /** The pods that are open. */
  public List<SandboxId> pods() {
    return List.copyOf(pods.keySet());
  }

  /** What a container was created from. */
  public Optional<ContainerSpec> created(ContainerId container) {
    return Optional.ofNullable(containers.get(container)).map(held -> held.spec);
  }

  public Optional<PodSpec> opened(SandboxId pod) {
    return Optional.ofNullable(pods.get(pod));
  }

  public boolean running(ContainerId container) {
    var held = containers.get(container);
    return held != null && held.started && !held.exit.future().isComplete();
  }

  @Override
  public Future<PodOpened> open(Call call, PodSpec pod) {
    return verb("open", pod.id().value())
        .map(
            _ -> {
              pods.put(pod.id(), pod);
              podEnds.put(pod.id(), Promise.promise());
              return new PodOpened(pod.sharedPid() ? Optional.of(process()) : Optional.empty());
            });
  }

  @Override
  public Future<Void> close(Call call, SandboxId pod) {
    return verb("close", pod.value())
        .map(
            _ -> {
              pods.remove(pod);
              var end = podEnds.remove(pod);
              if (end != null) {
                end.tryComplete(killed(KILL));
              }
              return null;
            });
  }

  @Override
  public Future<ExitStatus> podEnded(SandboxId pod) {
    var end = podEnds.get(pod);
    return end == null
        ? Future.failedFuture(RuntimeFault.notFound("pod: " + pod + " (expected: open)"))
        : onOwnContext(end.future());
  }

  @Override
  public Future<ContainerProcess> create(Call call, ContainerSpec container) {
    return verb("create", container.id().value())
        .compose(
            _ -> {
              var held = new Held(container, new ContainerProcess(process(), process()));
              return containers.putIfAbsent(container.id(), held) == null
                  ? Future.succeededFuture(held.process)
                  : Future.failedFuture(
                      new RuntimeFault(
                          Kind.ALREADY_EXISTS,
                          "container: " + container.id() + " (expected: a new id)"));
            });
  }

  @Override
  public Future<Void> start(Call call, ContainerId container) {
    return verb("start", container.value())
        .compose(_ -> held(container))
        .compose(
            held -> {
              if (held.started || held.exit.future().isComplete()) {
                return Future.failedFuture(
                    RuntimeFault.precondition(
                        "container: " + container + " (expected: created, to be started)"));
              }
              held.started = true;
              return Future.succeededFuture();
            });
  }

  @Override
  public Future<Void> signal(Call call, ContainerId container, int signal, Reach reach) {
    return verb("signal", container.value() + " " + signal)
        .compose(_ -> held(container))
        .map(
            held -> {
              if (signal == KILL || (signal == TERM && !ignoresTerm)) {
                held.exit.tryComplete(killed(signal));
              }
              return null;
            });
  }

  @Override
  public Future<ExitStatus> exit(ContainerId container) {
    return verb("exit", container.value())
        .compose(_ -> held(container))
        .compose(held -> onOwnContext(held.exit.future()));
  }

  @Override
  public Future<Void> delete(Call call, ContainerId container) {
    return verb("delete", container.value())
        .map(
            _ -> {
              var held = containers.remove(container);
              if (held != null) {
                held.exit.tryComplete(killed(KILL));
              }
              return null;
            });
  }

  @Override
  public Future<ExecResult> exec(Call call, ContainerId container, ExecSpec command) {
    return verb("exec", container.value() + " " + String.join(" ", command.command()))
        .compose(_ -> held(container))
        .compose(
            held ->
                held.exit.future().isComplete()
                    ? Future.failedFuture(
                        RuntimeFault.precondition(
                            "container: " + container + " (expected: running)"))
                    : execs.apply(command));
  }

  @Override
  public Future<ExecStreams> execStream(Call call, ContainerId container, ExecStreamSpec command) {
    return verb("execStream", container.value() + " " + String.join(" ", command.command()))
        .compose(_ -> alive(container))
        .map(
            _ -> {
              var made = new FakeStreams(command.stdin(), command.stdout(), command.stderr());
              streams.add(made);
              return made;
            });
  }

  @Override
  public Future<ExecStreams> attach(Call call, ContainerId container, AttachSpec wanted) {
    return verb("attach", container.value())
        .compose(_ -> alive(container))
        .map(
            held -> {
              var made = new FakeStreams(wanted.stdin(), wanted.stdout(), wanted.stderr());
              held.exit.future().onSuccess(status -> made.exits(status.code()));
              streams.add(made);
              return made;
            });
  }

  @Override
  public Future<Connection> dial(Call call, SandboxId pod, List<InetAddress> addresses, int port) {
    return verb("dial", pod.value() + " " + port)
        .compose(
            _ -> {
              if (!pods.containsKey(pod)) {
                return Future.failedFuture(
                    RuntimeFault.notFound("pod: " + pod + " (expected: open)"));
              }
              var made = new FakeSockets.Opened();
              connections.add(made);
              return Future.succeededFuture(made);
            });
  }

  private Future<Held> alive(ContainerId container) {
    return held(container)
        .compose(
            held ->
                held.exit.future().isComplete()
                    ? Future.failedFuture(
                        RuntimeFault.precondition(
                            "container: " + container + " (expected: running)"))
                    : Future.succeededFuture(held));
  }

  @Override
  public Future<Void> reopenLog(Call call, ContainerId container) {
    return verb("reopenLog", container.value()).compose(_ -> held(container)).mapEmpty();
  }

  @Override
  public Future<Void> update(Call call, ContainerId container, RuntimeSpec.Resources limits) {
    return verb("update", container.value())
        .compose(_ -> held(container))
        .map(
            _ -> {
              this.limits.put(container, limits);
              return null;
            });
  }

  @Override
  public Future<Void> pause(Call call, ContainerId container) {
    return verb("pause", container.value()).compose(_ -> held(container)).mapEmpty();
  }

  @Override
  public Future<Void> resume(Call call, ContainerId container) {
    return verb("resume", container.value()).compose(_ -> held(container)).mapEmpty();
  }

  @Override
  public Future<Void> checkpoint(Call call, ContainerId container, Path images) {
    return verb("checkpoint", container.value())
        .compose(_ -> held(container))
        .compose(
            _ -> {
              try {
                Files.writeString(images.resolve("pages-1.img"), "memory");
                return Future.succeededFuture();
              } catch (IOException failure) {
                return Future.failedFuture(failure);
              }
            });
  }

  @Override
  public Future<ContainerUsage> stats(Call call, ContainerId container) {
    return verb("stats", container.value())
        .compose(_ -> held(container))
        .map(_ -> usages.getOrDefault(container, ContainerUsage.none(clock.instant())));
  }

  @Override
  public Future<PodUsage> podStats(Call call, SandboxId pod) {
    return verb("podStats", pod.value())
        .compose(
            _ ->
                pods.containsKey(pod)
                    ? Future.succeededFuture(
                        podUsages.getOrDefault(
                            pod,
                            new PodUsage(
                                Optional.of(ContainerUsage.none(clock.instant())),
                                Optional.empty())))
                    : Future.failedFuture(
                        RuntimeFault.notFound("pod: " + pod + " (expected: open)")));
  }

  @Override
  public Future<ProcessUsage> processes(Call call, ContainerId container) {
    return verb("processes", container.value())
        .compose(_ -> held(container))
        .map(held -> held.exit.future().isComplete() ? NO_PROCESS : ONE_PROCESS);
  }

  @Override
  public Future<Map<ContainerId, Recovered>> recover(
      Call call, Collection<PodSpec> known, Collection<ContainerSpec> created) {
    return verb("recover", "")
        .map(
            _ -> {
              known.forEach(
                  pod -> {
                    pods.put(pod.id(), pod);
                    podEnds.computeIfAbsent(pod.id(), _ -> Promise.promise());
                  });
              var ids = new ArrayList<ContainerId>();
              var found = new HashMap<ContainerId, Recovered>();
              for (var spec : created) {
                ids.add(spec.id());
                found.put(spec.id(), recovered(spec));
              }
              containers.keySet().retainAll(ids);
              return found;
            });
  }

  private Recovered recovered(ContainerSpec spec) {
    var held =
        containers.computeIfAbsent(
            spec.id(),
            _ -> {
              var lost = new Held(spec, new ContainerProcess(process(), process()));
              lost.exit.complete(ExitStatus.unknown(clock.instant()));
              return lost;
            });
    if (held.exit.future().isComplete()) {
      return new Recovered.Ended(held.exit.future().result());
    }
    return held.started ? new Recovered.Running(held.process) : new Recovered.Waiting(held.process);
  }

  @Override
  public Features features() {
    return features;
  }

  private Future<Void> verb(String verb, String object) {
    verbs.add((verb + " " + object).strip());
    var gate = next(holds, verb);
    var open = gate == null ? Future.<Void>succeededFuture() : onOwnContext(gate.future());
    return open.compose(
        _ -> {
          var fault = next(faults, verb);
          return fault == null ? Future.succeededFuture() : Future.failedFuture(fault);
        });
  }

  private static <T> @Nullable T next(Map<String, ConcurrentLinkedQueue<T>> queues, String verb) {
    var queue = queues.get(verb);
    return queue == null ? null : queue.poll();
  }

  private Future<Held> held(ContainerId container) {
    var held = containers.get(container);
    return held == null
        ? Future.failedFuture(
            RuntimeFault.notFound("container: " + container + " (expected: created)"))
        : Future.succeededFuture(held);
  }

  private ProcessRef process() {
    var pid = lastPid.incrementAndGet();
    return new ProcessRef(pid, pid * 10L);
  }

  private ExitStatus killed(int signal) {
    return new ExitStatus(128 + signal, clock.instant(), false, true);
  }

  private static <T> Future<T> onOwnContext(Future<T> result) {
    var context = Vertx.currentContext();
    if (context == null || result.isComplete()) {
      return result;
    }
    Promise<T> mine = Promise.promise();
    result.onComplete(done -> context.runOnContext(_ -> mine.handle(done)));
    return mine.future();
  }
}
