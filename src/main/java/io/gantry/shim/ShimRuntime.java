package io.gantry.shim;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.driver.Checkpoints;
import io.gantry.driver.Complaint;
import io.gantry.driver.Documents;
import io.gantry.driver.Ledger;
import io.gantry.driver.Numbers;
import io.gantry.driver.Patience;
import io.gantry.driver.PodInit;
import io.gantry.driver.RootMount;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Connection;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
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
import io.gantry.runtime.RootImage;
import io.gantry.shim.Probe.Probed;
import io.gantry.shim.proto.CheckpointTaskRequest;
import io.gantry.shim.proto.CloseIORequest;
import io.gantry.shim.proto.CreateTaskRequest;
import io.gantry.shim.proto.KillRequest;
import io.gantry.shim.proto.Mount;
import io.gantry.shim.proto.PauseRequest;
import io.gantry.shim.proto.ResizePtyRequest;
import io.gantry.shim.proto.StartRequest;
import io.gantry.shim.proto.StateRequest;
import io.gantry.shim.proto.StatsRequest;
import io.gantry.shim.proto.TaskStatus;
import io.gantry.shim.proto.UpdateTaskRequest;
import io.gantry.ttrpc.TtrpcServer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
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
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port over a containerd shim. */
final class ShimRuntime implements PodRuntime {
  private static final Logger LOGGER = LoggerFactory.getLogger(ShimRuntime.class);
  private static final int KILL = 9;
  private static final Duration CREATING = Duration.ofMinutes(2);
  private static final Set<PosixFilePermission> ROOTS_ALONE =
      PosixFilePermissions.fromString("rw-------");
  private static final String RESOURCES =
      "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";

  private final Vertx vertx;
  private final Host host;
  private final Clock clock;
  private final ShimConfig config;
  private final Probed probed;
  private final Numbers numbers;
  private final RootMount roots;
  private final Ledger<Entry> ledger;
  private final Exits exits;
  private final Shims shims;
  private final Streams streams;
  private final Execs execs;
  private final Clearing clearing;
  private final Recovery recovery;

  /** By their ids; what stands for a pod has the pod's. */
  private final ConcurrentMap<String, Held> workloads = new ConcurrentHashMap<>();

  private final ConcurrentMap<SandboxId, PodSpec> pods = new ConcurrentHashMap<>();

  private ShimRuntime(
      Vertx vertx, Host host, Clock clock, ShimConfig config, Probed probed, Numbers numbers) {
    this.vertx = vertx;
    this.host = host;
    this.clock = clock;
    this.config = config;
    this.probed = probed;
    this.numbers = numbers;
    var binary = new Binary(host, config);
    roots = new RootMount(host);
    ledger = Ledger.in(host.disk(), config.places().ledger(), Entry.class, Entry::id);
    exits = new Exits(vertx, host, clock);
    shims = new Shims(vertx, host, config, binary, this::died);
    streams = new Streams(vertx, host, clock);
    execs = new Execs(vertx, host, probed);
    clearing = new Clearing(vertx, host, binary, ledger, config.places(), shims, exits);
    recovery = new Recovery(host, ledger, shims, streams, exits, execs, clearing);
  }

  static Future<ShimRuntime> started(
      Vertx vertx, Host host, Clock clock, ShimConfig config, Probed probed) {
    return Numbers.of(host, clock)
        .map(numbers -> new ShimRuntime(vertx, host, clock, config, probed, numbers))
        .compose(
            runtime ->
                TtrpcServer.listen(
                        vertx, config.places().events(), new Events(runtime::outOfMemory))
                    .compose(_ -> host.disk().act(() -> closeSocket(config.places().events())))
                    .map(runtime));
  }

  /** There is none where another driver of this process listens at its place already. */
  private static void closeSocket(Path socket) throws IOException {
    if (Files.exists(socket)) {
      close(socket);
    }
  }

  private static void close(Path file) throws IOException {
    Files.setPosixFilePermissions(file, ROOTS_ALONE);
  }

  private void outOfMemory(String id) {
    var held = workloads.get(id);
    if (held != null) {
      held.ranOutOfMemory();
    }
  }

  /** Nobody sees how its containers end any more: so they do now. */
  private void died(ShimProcess shim) {
    for (var id : shim.users()) {
      var held = workloads.get(id);
      if (held != null && !held.exit().settled()) {
        LOGGER
            .atWarn()
            .addKeyValue("containerId", id)
            .addKeyValue("said", shim.lastWords())
            .log("a shim died: its container is killed");
        host.cgroups()
            .kill(held.cgroup())
            .transform(
                _ ->
                    clearing.clearedByBinary(
                        Call.internal(Call.Tools.plain(), "ShimDied"), held.entry()))
            .onComplete(_ -> exits.unseen(held));
      }
    }
  }

  // ---- pods

  @Override
  public Future<PodOpened> open(Call call, PodSpec pod) {
    if (config.grouped() && !pod.sharedPid()) {
      pods.put(pod.id(), pod);
      return Future.succeededFuture(new PodOpened(Optional.empty()));
    }
    return attempted(() -> standing(pod))
        .compose(
            holder ->
                make(call, holder)
                    .compose(_ -> run(call, holder))
                    .map(_ -> opened(pod, holder))
                    .recover(cause -> undone(call, holder, cause)));
  }

  private PodOpened opened(PodSpec pod, Held holder) {
    pods.put(pod.id(), pod);
    return new PodOpened(
        pod.sharedPid() ? Optional.of(holder.process().first()) : Optional.empty());
  }

  private Held standing(PodSpec pod) {
    var bundle = config.places().bundle(pod.id().value());
    var init = PodInit.required(config.catatonit());
    return held(podWorkload(pod, init, bundle));
  }

  private Workload podWorkload(PodSpec pod, Path init, Bundle bundle) {
    var spec = PodInit.spec(pod, init, bundle.root(), config.defaultCgroupParent());
    return new Workload(
        pod.id().value(),
        pod.id(),
        true,
        bundle,
        config.grouped() ? spec : PodInit.named(pod, spec),
        Optional.empty(),
        bundle.root(),
        config.imaging().map(_ -> bundle.image()),
        Optional.empty(),
        false,
        false,
        false);
  }

  private Held held(Workload workload) {
    return new Held(workload, workload.entry(host.bootId()));
  }

  private <T> Future<T> undone(Call call, Held held, Throwable cause) {
    return clearing
        .clear(call.detached(), held)
        .onComplete(_ -> workloads.remove(held.id(), held))
        .transform(
            cleared -> Future.failedFuture(RuntimeFault.of(cause).alongside(cleared.cause())));
  }

  @Override
  public Future<Void> close(Call call, SandboxId pod) {
    return cleared(call, pod.value()).onSuccess(_ -> pods.remove(pod));
  }

  @Override
  public Future<ExitStatus> podEnded(SandboxId pod) {
    if (!pods.containsKey(pod)) {
      return Future.failedFuture(notOpen(pod));
    }
    var holder = workloads.get(pod.value());
    return holder == null ? Promise.<ExitStatus>promise().future() : holder.exit().future();
  }

  // ---- containers

  @Override
  public Future<ContainerProcess> create(Call call, ContainerSpec container) {
    return attempted(() -> held(Workload.of(container, config))).compose(held -> make(call, held));
  }

  private static <T> Future<T> attempted(Supplier<T> work) {
    try {
      return Future.succeededFuture(work.get());
    } catch (RuntimeFault refused) {
      return Future.failedFuture(refused);
    }
  }

  /** One undo for all steps: what clears a container bears that it was made only in part. */
  private Future<ContainerProcess> make(Call call, Held held) {
    host.cgroups().expectJoin();
    if (workloads.putIfAbsent(held.id(), held) != null) {
      return Future.failedFuture(
          new RuntimeFault(
              Kind.ALREADY_EXISTS, "container: " + held.id() + " (expected: a new id)"));
    }
    return Flow.of(call)
        .step(
            CreateStep.LEDGER,
            () -> ledger.write(held.entry()),
            () -> clearing.clear(call.detached(), held))
        .step(CreateStep.ROOTFS, () -> root(call, held.workload()))
        .step(CreateStep.BUNDLE, () -> writeBundle(held.workload()))
        .step(CreateStep.SHIM, () -> shim(call, held))
        .step(CreateStep.TASK, () -> task(call, held))
        .step(CreateStep.PROCESSES, () -> ledger.write(held.entry()))
        .run()
        .map(
            _ -> {
              exits.take(held, held.running());
              return held.process();
            })
        .onFailure(_ -> workloads.remove(held.id(), held));
  }

  private Future<Void> root(Call call, Workload workload) {
    return workload
        .image()
        .map(image -> image(call, workload, image))
        .orElseGet(() -> roots.mount(workload.overlay(), workload.spec()));
  }

  /** The layers are mounted for as long as they are copied, where the image will be. */
  private Future<Void> image(Call call, Workload workload, RootImage image) {
    var images = new RootImages(host, config.imaging().orElseThrow());
    return host.disk()
        .act(() -> makeRoot(workload))
        .compose(_ -> roots.mount(workload.overlay(), workload.spec()))
        .compose(_ -> images.make(call, workload.root(), image))
        .compose(_ -> host.mounts().unmount(workload.root()));
  }

  private static void makeRoot(Workload workload) throws IOException {
    Files.createDirectories(workload.root());
    if (workload.overlay().isEmpty()) {
      PodInit.makeMountPoints(workload.root());
    }
  }

  private Future<Void> writeBundle(Workload workload) {
    return host.disk()
        .act(
            () -> {
              Files.createDirectories(workload.bundle().directory());
              if (workload.overlay().isEmpty()) {
                makeRoot(workload);
              }
              linkSettings(workload.bundle());
              Documents.write(workload.bundle().config(), complete(workload));
              close(workload.bundle().config());
            })
        .compose(_ -> roots.label(workload.root(), workload.overlay(), workload.spec()));
  }

  /** gVisor's shim begins before it is told where its settings are: it looks for them beside it. */
  private void linkSettings(Bundle bundle) throws IOException {
    var settings = config.options().values().get("ConfigPath");
    if (settings != null && config.name().startsWith("containerd-shim-runsc-")) {
      var link = bundle.directory().resolve("config.toml");
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, Path.of(settings));
    }
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
        workload.annotations(),
        spec.linux(),
        spec.hooks());
  }

  private Future<Void> shim(Call call, Held held) {
    return shims
        .take(call, held.workload())
        .compose(
            shim -> {
              held.shim(shim);
              held.entry(held.entry().with(shim.endpoint()));
              return ledger.write(held.entry());
            });
  }

  private Future<Void> task(Call call, Held held) {
    return held.workload().standsForPod()
        ? created(call, held)
        : streams
            .made(held.workload())
            .compose(
                pipes ->
                    created(call, held)
                        .compose(_ -> streams.opened(held, pipes))
                        .onFailure(_ -> pipes.close()));
  }

  private Future<Void> created(Call call, Held held) {
    var shim = held.running();
    var request = request(held.workload());
    // whoever clears waits for the answer, which may come when the caller has long gone
    var answer = shim.ask(call.detached(), Verb.CREATE, "create", request, CREATING);
    held.creating(answer);
    return Patience.until(vertx, call, CREATING, config.name() + " create", answer)
        .recover(cause -> Future.failedFuture(Complaint.ofCreate(RuntimeFault.of(cause))))
        .compose(created -> first(held, shim, created.getPid()))
        .onSuccess(first -> held.entry(held.entry().with(first)))
        .mapEmpty();
  }

  private CreateTaskRequest request(Workload workload) {
    var request =
        CreateTaskRequest.newBuilder()
            .setId(workload.id())
            .setBundle(workload.bundle().directory().toString())
            .setTerminal(workload.terminal())
            .setOptions(config.options().any(config.places().state(), workload.bySystemd()));
    workload.image().ifPresent(image -> request.addRootfs(device(image, workload.spec())));
    if (!workload.standsForPod()) {
      var stdio = workload.stdio();
      request
          .setStdin(Stdio.told(stdio.input()))
          .setStdout(stdio.output().toString())
          .setStderr(Stdio.told(stdio.errors()));
    }
    return request.build();
  }

  /**
   * As containerd's blockfile snapshotter tells it, so that shims which cannot hand a file to a
   * virtual machine mount it by a loop device. What is deleted is given back to the disk.
   */
  private static Mount device(RootImage image, RuntimeSpec spec) {
    var mount =
        Mount.newBuilder()
            .setType("ext4")
            .setSource(image.file().toString())
            .addAllOptions(List.of("loop", "rw", "discard"));
    var label = spec.linux().mountLabel();
    if (label != null) {
      mount.addOptions("context=\"" + label + '"');
    }
    return mount.build();
  }

  /**
   * The process of the host that a pid is. What is no member of the container's group is somebody
   * else's, or none: a virtual machine has pids of its own. Then the shim stands for it.
   */
  private Future<ProcessRef> first(Held held, ShimProcess shim, int pid) {
    return host.cgroups()
        .processes(held.cgroup())
        .compose(
            members ->
                members.contains(pid)
                    ? host.processes().find(pid)
                    : Future.succeededFuture(Optional.<ProcessRef>empty()))
        .map(found -> found.orElse(shim.endpoint().process()));
  }

  @Override
  public Future<Void> start(Call call, ContainerId container) {
    return known(container).compose(held -> run(call, held));
  }

  private Future<Void> run(Call call, Held held) {
    if (held.entry().started() || held.exit().settled()) {
      return Future.failedFuture(held.notRunning("created, to be started"));
    }
    var request = StartRequest.newBuilder().setId(held.id()).build();
    return held.running()
        .ask(call, Verb.START, request)
        .<Void>mapEmpty()
        .recover(cause -> killed(held, cause))
        .compose(
            _ -> {
              held.entry(held.entry().withStart());
              return ledger.write(held.entry());
            });
  }

  /** What cannot be started must not wait for ever. */
  private Future<Void> killed(Held held, Throwable cause) {
    return host.cgroups()
        .kill(held.cgroup())
        .transform(killed -> Future.failedFuture(RuntimeFault.of(cause).alongside(killed.cause())));
  }

  @Override
  public Future<Void> signal(Call call, ContainerId container, int signal, Reach reach) {
    return known(container)
        .compose(
            held ->
                held.exit().settled()
                    ? Future.succeededFuture()
                    : signalled(call, held, signal, reach == Reach.ALL));
  }

  /** The kernel's word is final: what is to be killed does not depend on a shim that is slow. */
  private Future<Void> signalled(Call call, Held held, int signal, boolean all) {
    var request = KillRequest.newBuilder().setId(held.id()).setSignal(signal).setAll(all).build();
    var asked =
        held.shim()
            .map(shim -> killed(call, shim, request))
            .orElseGet(() -> Future.failedFuture(held.notRunning("below a shim")))
            .recover(cause -> withoutEffect(cause));
    if (!all || signal != KILL) {
      return asked;
    }
    var killed = asked.transform(_ -> host.cgroups().kill(held.cgroup()));
    return held.entry().started()
        ? killed
        : killed.compose(_ -> clearing.killedUnstarted(call, held));
  }

  /** gVisor's shim has no signals for what is paused. */
  private static Future<Void> killed(Call call, ShimProcess shim, KillRequest request) {
    var asked = shim.ask(call, Verb.KILL, request).<Void>mapEmpty();
    var resume = PauseRequest.newBuilder().setId(request.getId()).build();
    return request.getSignal() != KILL
        ? asked
        : asked.recover(
            cause ->
                Clearing.isUnknown(cause)
                    ? Future.failedFuture(cause)
                    : shim.ask(call, Verb.RESUME, resume)
                        .transform(_ -> shim.ask(call, Verb.KILL, request))
                        .mapEmpty());
  }

  /** It has ended meanwhile. */
  private static Future<Void> withoutEffect(Throwable cause) {
    return Clearing.isUnknown(cause) ? Future.succeededFuture() : Future.failedFuture(cause);
  }

  @Override
  public Future<ExitStatus> exit(ContainerId container) {
    return known(container).compose(held -> held.exit().future());
  }

  @Override
  public Future<Void> delete(Call call, ContainerId container) {
    return cleared(call, container.value());
  }

  /**
   * What the memory does not know may be in the ledger: a clearing that failed before a restart.
   */
  private Future<Void> cleared(Call call, String id) {
    var held = workloads.get(id);
    if (held != null) {
      return clearing.clear(call, held).onSuccess(_ -> workloads.remove(id, held));
    }
    return ledger
        .find(id)
        .compose(
            entry ->
                entry.map(there -> clearing.clear(call, there)).orElseGet(Future::succeededFuture));
  }

  // ---- what is done with a container that runs

  @Override
  public Future<ExecResult> exec(Call call, ContainerId container, ExecSpec command) {
    return running(container).compose(held -> execs.run(call, held, command));
  }

  @Override
  public Future<ExecStreams> execStream(Call call, ContainerId container, ExecStreamSpec command) {
    return running(container).compose(held -> execs.stream(call, held, command));
  }

  @Override
  public Future<ExecStreams> attach(Call call, ContainerId container, AttachSpec spec) {
    return running(container)
        .compose(
            held ->
                held.console()
                    .map(console -> console.join(vertx, held, spec, verbs(held)))
                    .orElseGet(() -> Future.failedFuture(held.notRunning("with streams"))));
  }

  private static Attached.Verbs verbs(Held held) {
    return new Attached.Verbs() {
      @Override
      public Future<Void> resize(int width, int height) {
        return ask(
            Verb.RESIZE,
            ResizePtyRequest.newBuilder()
                .setId(held.id())
                .setWidth(width)
                .setHeight(height)
                .build());
      }

      @Override
      public Future<Void> closeInput() {
        held.console().ifPresent(Console::endInput);
        return ask(
            Verb.CLOSE_INPUT, CloseIORequest.newBuilder().setId(held.id()).setStdin(true).build());
      }

      private Future<Void> ask(Verb<Empty> verb, MessageLite request) {
        return held.running()
            .ask(Call.internal(Call.Tools.plain(), "Attach"), verb, request)
            .mapEmpty();
      }
    };
  }

  @Override
  public Future<Connection> dial(Call call, SandboxId pod, List<InetAddress> addresses, int port) {
    var known = pods.get(pod);
    if (known == null) {
      return Future.failedFuture(notOpen(pod));
    }
    // what stands for its pod took the addresses out of the namespace, into a kernel of its own
    return config.grouped() || addresses.isEmpty()
        ? host.sockets().dial(Optional.ofNullable(known.namespaces().get("network")), port)
        : host.sockets().dial(addresses, port);
  }

  @Override
  public Future<Void> reopenLog(Call call, ContainerId container) {
    return known(container)
        .compose(held -> held.console().map(Console::reopenLog).orElseGet(Future::succeededFuture));
  }

  @Override
  public Future<Void> update(Call call, ContainerId container, RuntimeSpec.Resources limits) {
    return running(container)
        .compose(
            held ->
                held.running()
                    .ask(
                        call,
                        Verb.UPDATE,
                        UpdateTaskRequest.newBuilder()
                            .setId(held.id())
                            .setResources(resources(limits))
                            .build()))
        .mapEmpty();
  }

  private static Any resources(RuntimeSpec.Resources limits) {
    return Any.newBuilder()
        .setTypeUrl(RESOURCES)
        .setValue(ByteString.copyFrom(Documents.bytes(limits).getBytes()))
        .build();
  }

  @Override
  public Future<Void> pause(Call call, ContainerId container) {
    return frozen(call, container, Verb.PAUSE, TaskStatus.PAUSED);
  }

  @Override
  public Future<Void> resume(Call call, ContainerId container) {
    return frozen(call, container, Verb.RESUME, TaskStatus.RUNNING);
  }

  @Override
  public Future<Void> checkpoint(Call call, ContainerId container, Path images) {
    return running(container)
        .compose(
            held ->
                held.entry().isImage(held.workload().bundle())
                    ? Future.failedFuture(
                        RuntimeFault.precondition(
                            "checkpoint: the root of "
                                + container
                                + " is a block device (expected: a directory)"))
                    : checkpoint(call, held, images));
  }

  private Future<Void> checkpoint(Call call, Held held, Path images) {
    return held.running()
        .ask(call, Verb.CHECKPOINT, checkpointOf(held, images))
        .<Void>mapEmpty()
        .recover(cause -> unlessIt(Future.succeededFuture(false), cause))
        .recover(cause -> Checkpoints.explained(host.disk(), images, cause));
  }

  private CheckpointTaskRequest checkpointOf(Held held, Path images) {
    var request = CheckpointTaskRequest.newBuilder().setId(held.id()).setPath(images.toString());
    config.options().checkpoint(images).ifPresent(request::setOptions);
    return request.build();
  }

  private Future<Void> frozen(
      Call call, ContainerId container, Verb<Empty> verb, TaskStatus wanted) {
    return running(container)
        .compose(
            held ->
                held.running()
                    .ask(call, verb, PauseRequest.newBuilder().setId(held.id()).build())
                    .<Void>mapEmpty()
                    .recover(cause -> unlessIt(is(call, held, wanted), cause)));
  }

  private static Future<Boolean> is(Call call, Held held, TaskStatus wanted) {
    return held.running()
        .ask(call, Verb.STATE, StateRequest.newBuilder().setId(held.id()).build())
        .map(state -> state.getStatus() == wanted);
  }

  /** What is as it should be is no failure; what is refused is so for the container's state. */
  private static Future<Void> unlessIt(Future<Boolean> is, Throwable cause) {
    var fault = RuntimeFault.of(cause);
    return is.compose(
        so ->
            so
                ? Future.succeededFuture()
                : Future.failedFuture(
                    fault.kind() == Kind.INTERNAL
                        ? RuntimeFault.precondition(String.valueOf(fault.getMessage()))
                        : fault));
  }

  // ---- numbers

  @Override
  public Future<ContainerUsage> stats(Call call, ContainerId container) {
    return known(container)
        .compose(
            held ->
                held.shim().filter(it -> !it.dead()).isEmpty()
                    ? Future.failedFuture(held.notRunning("below a shim that runs"))
                    : held.running()
                        .ask(call, Verb.STATS, StatsRequest.newBuilder().setId(held.id()).build())
                        .map(answer -> ShimUsage.of(answer.getStats(), clock.instant())));
  }

  @Override
  public Future<PodUsage> podStats(Call call, SandboxId pod) {
    var known = pods.get(pod);
    return known == null ? Future.failedFuture(notOpen(pod)) : numbers.pod(known);
  }

  @Override
  public Future<ProcessUsage> processes(Call call, ContainerId container) {
    return known(container)
        .compose(
            held -> numbers.processes(held.cgroup(), held.entry().first().map(ProcessRef::pid)));
  }

  // ---- after a restart

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
      var held = recorded(Workload.of(spec, config), recorded);
      workloads.put(held.id(), held);
      found.put(spec.id(), recovery.takeUp(call, held));
    }
    return Future.join(holders)
        .compose(_ -> Future.join(List.copyOf(found.values())))
        .compose(_ -> recovery.clearUnknown(call, entries, ids(known, created)))
        .map(_ -> results(found));
  }

  private Future<Void> recoverPod(Call call, PodSpec pod, Map<String, Entry> recorded) {
    pods.put(pod.id(), pod);
    if (config.grouped() && !pod.sharedPid()) {
      return Future.succeededFuture();
    }
    // What runs needs no binary any more: the init may have been uninstalled since.
    var init = config.catatonit().orElse(Path.of("/"));
    var bundle = config.places().bundle(pod.id().value());
    var holder = recorded(podWorkload(pod, init, bundle), recorded);
    workloads.put(holder.id(), holder);
    return recovery.takeUp(call, holder).mapEmpty();
  }

  private Held recorded(Workload workload, Map<String, Entry> recorded) {
    var entry = recorded.get(workload.id());
    return new Held(workload, entry == null ? workload.entry(host.bootId()) : entry);
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

  private Future<Held> running(ContainerId container) {
    return known(container)
        .compose(
            held ->
                held.exit().settled() || held.shim().filter(it -> !it.dead()).isEmpty()
                    ? Future.failedFuture(held.notRunning("running"))
                    : Future.succeededFuture(held));
  }

  private Future<Held> known(ContainerId container) {
    var held = workloads.get(container.value());
    return held == null
        ? Future.failedFuture(
            RuntimeFault.notFound("container: " + container + " (expected: created)"))
        : Future.succeededFuture(held);
  }

  private static RuntimeFault notOpen(SandboxId pod) {
    return RuntimeFault.notFound("pod: " + pod + " (expected: open)");
  }
}
