package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.driver.Checkpoints;
import io.gantry.driver.Documents;
import io.gantry.driver.Ledger;
import io.gantry.driver.Numbers;
import io.gantry.driver.PodGrouping;
import io.gantry.driver.PodInit;
import io.gantry.driver.RootMount;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Connection;
import io.gantry.host.Host;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.monitor.Probe.Probed;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Root;
import io.gantry.runtime.AttachSpec;
import io.gantry.runtime.ContainerProcess;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ExecResult;
import io.gantry.runtime.ExecSpec;
import io.gantry.runtime.ExecStreamSpec;
import io.gantry.runtime.ExecStreams;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodOpened;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodSpec;
import io.gantry.runtime.PodUsage;
import io.gantry.runtime.ProcessUsage;
import io.gantry.runtime.Reach;
import io.gantry.runtime.Recovered;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The port over conmon and an OCI command line. */
final class ConmonRuntime implements PodRuntime {
  /** Of gVisor: that there is a group of the pod's own, beside those of its containers. */
  private static final String GROUP_OF_THE_POD = "dev.gvisor.spec.cgroup-parent";

  private final Vertx vertx;
  private final Host host;
  private final Clock clock;
  private final ConmonConfig config;
  private final Probed probed;
  private final OciCli cli;
  private final RootMount roots;
  private final Ledger<Entry> ledger;
  private final Signals signals;
  private final Exits exits;
  private final Launch launch;
  private final Clearing clearing;
  private final Execs execs;
  private final StreamedExecs streamedExecs;
  private final LogReopening logs;
  private final Recovery recovery;
  private final Numbers numbers;
  private final ConcurrentMap<ContainerId, Monitored> containers = new ConcurrentHashMap<>();

  /**
   * An open pod.
   *
   * @param holder empty for one without a process of its own
   */
  private record Opened(PodSpec spec, Optional<Monitored> holder) {}

  private final StartGate gate;
  private final ConcurrentMap<SandboxId, Opened> pods = new ConcurrentHashMap<>();

  private ConmonRuntime(
      Vertx vertx, Host host, Clock clock, ConmonConfig config, Probed probed, Numbers numbers) {
    this.vertx = vertx;
    this.host = host;
    this.clock = clock;
    this.numbers = numbers;
    this.config = config;
    this.probed = probed;
    cli = new OciCli(host, config, probed);
    roots = new RootMount(host);
    ledger = Ledger.in(host.disk(), config.ledger(), Entry.class, Entry::id);
    signals = probed.ownKernel() ? new KernelSignals(host, cli) : new HostSignals(host);
    exits = new Exits(host, clock, config, signals, this::kernel);
    launch = new Launch(vertx, host, config, cli);
    clearing = new Clearing(vertx, host, cli, signals, ledger, exits);
    execs = new Execs(vertx, host, cli, probed, signals);
    streamedExecs = new StreamedExecs(vertx, host, config, cli, probed, signals);
    logs = new LogReopening(vertx, host);
    gate = new StartGate(vertx, host, config.root());
    recovery = new Recovery(host, config, cli, gate, exits, clearing, execs);
  }

  static Future<ConmonRuntime> started(
      Vertx vertx, Host host, Clock clock, ConmonConfig config, Probed probed) {
    return Numbers.of(host, clock)
        .map(numbers -> new ConmonRuntime(vertx, host, clock, config, probed, numbers))
        .compose(runtime -> runtime.exits.watch().map(runtime));
  }

  @Override
  public Future<PodOpened> open(Call call, PodSpec pod) {
    if (!hasHolder(pod)) {
      pods.put(pod.id(), new Opened(pod, Optional.empty()));
      return Future.succeededFuture(new PodOpened(Optional.empty()));
    }
    return holder(pod)
        .compose(
            holder -> {
              if (pods.putIfAbsent(pod.id(), new Opened(pod, Optional.of(holder))) != null) {
                return Future.failedFuture(taken("pod", pod.id().value()));
              }
              return make(call, holder)
                  .compose(_ -> run(call, holder))
                  .map(_ -> opened(pod, holder))
                  .recover(cause -> undone(call, holder, cause))
                  .onFailure(_ -> pods.remove(pod.id()));
            });
  }

  /** The group of the kernel of a workload that is none of the host's processes. */
  private Optional<String> kernel(Workload workload) {
    return probed.ownKernel() && !workload.standsForPod()
        ? Optional.ofNullable(pods.get(workload.pod()))
            .flatMap(Opened::holder)
            .map(Monitored::cgroup)
            .or(() -> Optional.of(workload.cgroup()))
        : Optional.empty();
  }

  private boolean hasHolder(PodSpec pod) {
    return pod.sharedPid() || probed.ownKernel();
  }

  private static PodOpened opened(PodSpec pod, Monitored holder) {
    return new PodOpened(
        pod.sharedPid() ? Optional.of(holder.process().first()) : Optional.empty());
  }

  private Future<PodOpened> undone(Call call, Monitored holder, Throwable cause) {
    return clearing
        .clear(call.detached(), holder)
        .transform(
            cleared -> Future.failedFuture(RuntimeFault.of(cause).alongside(cleared.cause())));
  }

  @Override
  public Future<Void> close(Call call, SandboxId pod) {
    var known = pods.get(pod);
    var cleared =
        known == null
            ? clearRecorded(call, pod.value())
            : known
                .holder()
                .map(holder -> clearing.clear(call, holder))
                .orElseGet(Future::succeededFuture);
    return cleared.onSuccess(_ -> pods.remove(pod));
  }

  @Override
  public Future<ExitStatus> podEnded(SandboxId pod) {
    var known = pods.get(pod);
    if (known == null) {
      return Future.failedFuture(notOpen(pod));
    }
    return known
        .holder()
        .map(holder -> holder.exit().future())
        .orElseGet(() -> Promise.<ExitStatus>promise().future());
  }

  @Override
  public Future<ContainerProcess> create(Call call, ContainerSpec container) {
    return monitored(Workload.of(container))
        .compose(
            monitored -> {
              if (containers.putIfAbsent(container.id(), monitored) != null) {
                return Future.failedFuture(taken("container", container.id().value()));
              }
              return make(call, monitored).onFailure(_ -> containers.remove(container.id()));
            });
  }

  /** One undo for all steps: what clears a container bears that it was made only in part. */
  private Future<ContainerProcess> make(Call call, Monitored monitored) {
    host.cgroups().expectJoin();
    return Flow.of(call)
        .step(
            CreateStep.LEDGER,
            () -> ledger.write(monitored.entry()),
            () -> clearing.clear(call.detached(), monitored.entry()))
        .together(
            new Flow.Group()
                .step(
                    CreateStep.ROOTFS,
                    () -> roots.mount(monitored.workload().overlay(), monitored.workload().spec()))
                .step(CreateStep.BUNDLE, () -> writeBundle(monitored.workload())))
        .step(
            CreateStep.CONMON,
            () ->
                launch
                    .run(call, monitored.workload())
                    .onSuccess(process -> monitored.entry(monitored.entry().with(process))))
        .step(CreateStep.PROCESSES, () -> ledger.write(monitored.entry()))
        .run()
        .map(
            _ -> {
              exits.take(monitored);
              return monitored.process();
            });
  }

  private Future<Void> writeBundle(Workload workload) {
    return host.disk()
        .act(
            () -> {
              var bundle = workload.bundle();
              Files.createDirectories(workload.root());
              if (workload.overlay().isEmpty()) {
                PodInit.makeMountPoints(workload.root());
              }
              Files.createDirectories(bundle.persistent());
              // What an earlier attempt left would be taken for this one's.
              Files.deleteIfExists(bundle.monitorPid());
              Files.deleteIfExists(config.exits().resolve(workload.id()));
              Documents.write(bundle.config(), complete(workload));
            })
        .compose(_ -> roots.label(workload.root(), workload.overlay(), workload.spec()));
  }

  private RuntimeSpec complete(Workload workload) {
    var spec = workload.spec();
    var readonly = spec.root() != null && spec.root().readonly();
    return new RuntimeSpec(
        spec.ociVersion(),
        probed.allowed().clamp(spec.process()),
        new Root(workload.root().toString(), readonly),
        spec.hostname(),
        spec.mounts(),
        probed.ownKernel() ? grouped(workload) : spec.annotations(),
        spec.linux(),
        spec.hooks());
  }

  private static Map<String, String> grouped(Workload workload) {
    if (workload.standsForPod()) {
      return PodGrouping.SANDBOX.over(workload.spec().annotations(), workload.pod());
    }
    var annotations = new HashMap<>(workload.spec().annotations());
    // it makes the container's own group then, which is empty: others look for it
    annotations.put(GROUP_OF_THE_POD, workload.cgroup());
    return PodGrouping.CONTAINER.over(annotations, workload.pod());
  }

  @Override
  public Future<Void> start(Call call, ContainerId container) {
    return known(container).compose(monitored -> run(call, monitored));
  }

  private Future<Void> run(Call call, Monitored monitored) {
    if (monitored.entry().started() || monitored.exit().settled()) {
      return Future.failedFuture(monitored.notRunning("created, to be started"));
    }
    return start(call, monitored)
        .recover(cause -> killed(call.detached(), monitored, cause))
        .compose(
            _ -> {
              monitored.entry(monitored.entry().withStart());
              return ledger.write(monitored.entry());
            });
  }

  /** There may be hooks that are the runtime's to run. */
  private Future<Void> start(Call call, Monitored monitored) {
    var opened =
        probed.gated() && monitored.workload().spec().hooks() == null
            ? gate.open(call, monitored)
            : Future.succeededFuture(false);
    return opened.compose(
        done -> done ? Future.succeededFuture() : cli.start(call, monitored.workload()));
  }

  /** What cannot be started must not wait for ever. */
  private Future<Void> killed(Call call, Monitored monitored, Throwable cause) {
    return signals
        .kill(call, monitored.entry())
        .transform(killed -> Future.failedFuture(RuntimeFault.of(cause).alongside(killed.cause())));
  }

  @Override
  public Future<Void> signal(Call call, ContainerId container, int signal, Reach reach) {
    return known(container)
        .compose(
            monitored ->
                switch (reach) {
                  case FIRST -> signals.first(call, monitored, signal);
                  case ALL -> signals.all(call, monitored, signal);
                });
  }

  @Override
  public Future<ExitStatus> exit(ContainerId container) {
    return known(container).compose(monitored -> monitored.exit().future());
  }

  @Override
  public Future<Void> delete(Call call, ContainerId container) {
    var monitored = containers.get(container);
    var cleared =
        monitored == null
            ? clearRecorded(call, container.value())
            : clearing.clear(call, monitored);
    return cleared.onSuccess(_ -> containers.remove(container));
  }

  /**
   * What the memory does not know may be in the ledger: a clearing that failed before a restart.
   */
  private Future<Void> clearRecorded(Call call, String id) {
    return ledger
        .find(id)
        .compose(
            entry ->
                entry.map(there -> clearing.clear(call, there)).orElseGet(Future::succeededFuture));
  }

  @Override
  public Future<ExecResult> exec(Call call, ContainerId container, ExecSpec command) {
    return known(container)
        .compose(
            monitored ->
                monitored.exit().settled()
                    ? Future.failedFuture(monitored.notRunning("running"))
                    : execs.run(call, monitored, command));
  }

  @Override
  public Future<ExecStreams> execStream(Call call, ContainerId container, ExecStreamSpec command) {
    return running(container).compose(monitored -> streamedExecs.start(call, monitored, command));
  }

  @Override
  public Future<ExecStreams> attach(Call call, ContainerId container, AttachSpec streams) {
    return running(container).compose(monitored -> Attached.to(vertx, host, monitored, streams));
  }

  @Override
  public Future<Connection> dial(Call call, SandboxId pod, List<InetAddress> addresses, int port) {
    var known = pods.get(pod);
    if (known == null) {
      return Future.failedFuture(notOpen(pod));
    }
    // a kernel of the pod's own took the addresses out of the namespace
    return probed.ownKernel() && !addresses.isEmpty()
        ? host.sockets().dial(addresses, port)
        : host.sockets().dial(Optional.ofNullable(known.spec().namespaces().get("network")), port);
  }

  private Future<Monitored> running(ContainerId container) {
    return known(container)
        .compose(
            monitored ->
                monitored.exit().settled()
                    ? Future.failedFuture(monitored.notRunning("running"))
                    : Future.succeededFuture(monitored));
  }

  @Override
  public Future<Void> reopenLog(Call call, ContainerId container) {
    return known(container).compose(monitored -> logs.reopen(call, monitored));
  }

  @Override
  public Future<Void> update(Call call, ContainerId container, RuntimeSpec.Resources limits) {
    return known(container)
        .compose(
            monitored ->
                monitored.exit().settled()
                    ? Future.failedFuture(monitored.notRunning("created or running"))
                    : cli.update(call, monitored.id(), Documents.bytes(limits)));
  }

  @Override
  public Future<Void> pause(Call call, ContainerId container) {
    return running(container).compose(monitored -> cli.pause(call, monitored.id()));
  }

  @Override
  public Future<Void> resume(Call call, ContainerId container) {
    return running(container).compose(monitored -> cli.resume(call, monitored.id()));
  }

  @Override
  public Future<Void> checkpoint(Call call, ContainerId container, Path images) {
    return running(container)
        .compose(
            monitored ->
                cli.checkpoint(call, monitored.id(), images)
                    .recover(cause -> Checkpoints.explained(host.disk(), images, cause)));
  }

  @Override
  public Future<ContainerUsage> stats(Call call, ContainerId container) {
    return known(container)
        .compose(
            monitored ->
                probed.ownKernel()
                    ? kernelStats(call, monitored)
                    : numbers.container(monitored.id(), monitored.cgroup()));
  }

  private Future<ContainerUsage> kernelStats(Call call, Monitored monitored) {
    return monitored.exit().settled()
        ? Future.failedFuture(monitored.notRunning("running"))
        : cli.stats(call, monitored.id()).map(said -> KernelUsage.of(said, clock.instant()));
  }

  @Override
  public Future<PodUsage> podStats(Call call, SandboxId pod) {
    var known = pods.get(pod);
    return known == null ? Future.failedFuture(notOpen(pod)) : numbers.pod(known.spec());
  }

  @Override
  public Future<ProcessUsage> processes(Call call, ContainerId container) {
    return known(container)
        .compose(
            monitored ->
                numbers.processes(
                    monitored.cgroup(),
                    monitored.entry().process().map(made -> made.first().pid())));
  }

  @Override
  public Future<Map<ContainerId, Recovered>> recover(
      Call call, Collection<PodSpec> known, Collection<ContainerSpec> created) {
    return ledger.all().compose(entries -> recover(call, known, created, entries));
  }

  private Future<Map<ContainerId, Recovered>> recover(
      Call call,
      Collection<PodSpec> known,
      Collection<ContainerSpec> created,
      List<Entry> entries) {
    var recorded = entries.stream().collect(Collectors.toMap(Entry::id, Function.identity()));
    var found = new HashMap<ContainerId, Future<Recovered>>();
    var holders = known.stream().map(pod -> recoverPod(call, pod, recorded)).toList();
    for (var spec : created) {
      var monitored = recorded(Workload.of(spec), recorded);
      containers.put(spec.id(), monitored);
      found.put(spec.id(), recovery.takeUp(call, monitored));
    }
    return Future.join(holders)
        .compose(_ -> Future.join(List.copyOf(found.values())))
        .compose(_ -> recovery.clearUnknown(call, entries, ids(known, created)))
        .map(_ -> results(found));
  }

  private Future<Void> recoverPod(Call call, PodSpec pod, Map<String, Entry> recorded) {
    if (!hasHolder(pod)) {
      pods.put(pod.id(), new Opened(pod, Optional.empty()));
      return Future.succeededFuture();
    }
    // What runs needs no binary any more: the init may have been uninstalled since.
    var init = config.catatonit().orElse(Path.of("/"));
    var holder = recorded(Holder.workload(pod, init, config, probed.ownKernel()), recorded);
    pods.put(pod.id(), new Opened(pod, Optional.of(holder)));
    return recovery.takeUp(call, holder).mapEmpty();
  }

  private Monitored recorded(Workload workload, Map<String, Entry> recorded) {
    var entry = recorded.get(workload.id());
    return new Monitored(workload, entry == null ? workload.entry(host.bootId()) : entry);
  }

  private static Set<String> ids(Collection<PodSpec> pods, Collection<ContainerSpec> containers) {
    var ids = new HashSet<String>();
    pods.forEach(pod -> ids.add(pod.id().value()));
    containers.forEach(container -> ids.add(container.id().value()));
    return ids;
  }

  private static Map<ContainerId, Recovered> results(Map<ContainerId, Future<Recovered>> found) {
    return found.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, one -> one.getValue().result()));
  }

  @Override
  public Features features() {
    return probed.features();
  }

  private Future<Monitored> holder(PodSpec pod) {
    try {
      var init = PodInit.required(config.catatonit());
      return monitored(Holder.workload(pod, init, config, probed.ownKernel()));
    } catch (RuntimeFault refused) {
      return Future.failedFuture(refused);
    }
  }

  private Future<Monitored> monitored(Workload workload) {
    try {
      return Future.succeededFuture(new Monitored(workload, workload.entry(host.bootId())));
    } catch (RuntimeFault refused) {
      return Future.failedFuture(refused);
    }
  }

  private Future<Monitored> known(ContainerId container) {
    var monitored = containers.get(container);
    return monitored == null
        ? Future.failedFuture(
            RuntimeFault.notFound("container: " + container + " (expected: created)"))
        : Future.succeededFuture(monitored);
  }

  private static RuntimeFault notOpen(SandboxId pod) {
    return RuntimeFault.notFound("pod: " + pod + " (expected: open)");
  }

  private static RuntimeFault taken(String what, String id) {
    return new RuntimeFault(Kind.ALREADY_EXISTS, what + ": " + id + " (expected: a new id)");
  }
}
