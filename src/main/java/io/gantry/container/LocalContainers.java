package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.call.Flights;
import io.gantry.call.Flow;
import io.gantry.call.Lanes;
import io.gantry.call.Subject;
import io.gantry.container.ContainerState.Fact;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.Digest;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ExecResult;
import io.gantry.runtime.ExecSpec;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Reach;
import io.gantry.runtime.Recovered;
import io.gantry.runtime.RootImage;
import io.gantry.sandbox.Resources;
import io.gantry.state.Json;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Containers of this host. */
final class LocalContainers implements Containers {
  private final Parts parts;
  private final ContainerPaths paths;
  private final Records<Container> records;
  private final HostFacts facts;
  private final Stopping stopping;
  private final Flights<String, ContainerId> creations = Flights.goingOn();
  private final Flights<ContainerId, Void> removals = Flights.goingOn();
  private final Lanes<String> names = new Lanes<>();
  private final Lanes<ContainerId> lanes = new Lanes<>();
  private final Ends ends;
  private final Removal removal;
  private final Restart restart;

  LocalContainers(Parts parts, ContainerPaths paths, Records<Container> records, HostFacts facts) {
    this.parts = parts;
    this.paths = paths;
    this.records = records;
    this.facts = facts;
    this.stopping = new Stopping(parts.vertx());
    this.ends = new Ends(parts.runtimes(), records);
    this.removal = new Removal(parts, paths, records, ends);
    this.restart = new Restart(parts, paths, records, ends, removal);
  }

  @Override
  public Future<ContainerId> create(Call call, CreateContainer request) {
    var hash = Json.hash(request);
    var name = nameOf(request.sandbox(), request.config());
    about(call, request.sandbox());
    return creations.join(
        call, name + hash, own -> names.enter(name, () -> createOnce(own, request, name, hash)));
  }

  private Future<ContainerId> createOnce(
      Call call, CreateContainer request, String name, String hash) {
    var there = named(name);
    if (there.isPresent() && there.get().requestHash().equals(hash) && !there.get().exited()) {
      return Future.succeededFuture(there.get().id());
    }
    return there
        .map(old -> remove(call, old.id()))
        .orElseGet(Future::succeededFuture)
        .compose(_ -> call.phase("plan", () -> plan().of(call, request, hash)))
        .compose(planned -> make(call, planned).onComplete(_ -> planned.images().letGo()))
        .recover(cause -> Future.failedFuture(about(request, RuntimeFault.of(cause))));
  }

  /** The kubelet looks for some words at the very start of a message. */
  private static RuntimeFault about(CreateContainer request, RuntimeFault fault) {
    var said = String.valueOf(fault.getMessage());
    return said.startsWith(Volumes.FAILED) || said.startsWith(Volumes.RECURSIVE_UNSUPPORTED)
        ? fault
        : fault.during("container " + request.config().name());
  }

  private Future<ContainerId> make(Call call, Plan.Planned planned) {
    var container = planned.container();
    var creation = new Creation(call, planned, runtime(container), paths, parts, records);
    return lanes
        .enter(container.id(), creation::run)
        .onSuccess(_ -> ends.watch(container))
        .map(container.id());
  }

  private Plan plan() {
    return new Plan(parts, paths, records, facts);
  }

  @Override
  public Future<Void> start(Call call, ContainerId id) {
    about(call, id);
    return lanes.enter(id, () -> present(id).compose(container -> startCreated(call, container)));
  }

  private Future<Void> startCreated(Call call, Container container) {
    if (!(container.state() instanceof ContainerState.Created(var cannotRun))) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "container: " + container.id() + " is " + container.fact() + " (expected: created)"));
    }
    if (cannotRun.isPresent()) {
      return notStarted(call, container.id(), RuntimeFault.precondition(cannotRun.get()));
    }
    return Flow.of(call)
        .step(StartStep.RUNTIME, () -> runtime(container).start(call, container.id()))
        .step(
            StartStep.RUNNING,
            () -> take(call, container.id(), new Fact.Started(parts.clock().instant())))
        .run()
        .recover(cause -> notStarted(call, container.id(), RuntimeFault.of(cause)));
  }

  private Future<Void> notStarted(Call call, ContainerId id, RuntimeFault fault) {
    var now = parts.clock().instant();
    return take(call, id, new Fact.StartFailed(now, String.valueOf(fault.getMessage())))
        .transform(_ -> Future.failedFuture(fault));
  }

  @Override
  public Future<Void> stop(Call call, ContainerId id, Duration grace) {
    about(call, id);
    var container = records.find(id.value());
    if (container.isEmpty() || container.get().exited()) {
      return Future.succeededFuture();
    }
    return switch (container.get().state()) {
      case ContainerState.Exited _ -> Future.succeededFuture();
      // Its creation ends first, one way or the other.
      case ContainerState.Creating _ ->
          lanes.enter(id, Future::<Void>succeededFuture).compose(_ -> stop(call, id, grace));
      case ContainerState.Created(var cannotRun) ->
          cannotRun
              .map(why -> take(call, id, new Fact.StartFailed(parts.clock().instant(), why)))
              .orElseGet(() -> end(call, container.get(), Duration.ZERO));
      case ContainerState.Running _ -> end(call, container.get(), grace);
    };
  }

  private Future<Void> end(Call call, Container container, Duration grace) {
    var runtime = runtime(container);
    var id = container.id();
    return Flow.of(call.detached())
        .step(
            StopStep.SIGNAL,
            () ->
                grace.isZero()
                    ? runtime.signal(call, id, Signals.KILL, Reach.ALL)
                    : hears(call, container)
                        .compose(
                            _ -> runtime.signal(call, id, container.stopSignal(), Reach.FIRST)))
        .step(
            StopStep.ENDED,
            () ->
                stopping.within(
                    id,
                    grace,
                    ends.of(id),
                    () -> runtime.signal(call, id, Signals.KILL, Reach.ALL)))
        .run();
  }

  /** What stands still would hear no signal, and be killed after the grace. */
  private Future<Void> hears(Call call, Container container) {
    return container.paused() ? goOn(call, container).otherwiseEmpty() : Future.succeededFuture();
  }

  @Override
  public Future<Void> remove(Call call, ContainerId id) {
    about(call, id);
    return removals.join(
        call,
        id,
        own ->
            stop(own, id, Duration.ZERO).compose(_ -> lanes.enter(id, () -> removeEnded(own, id))));
  }

  private Future<Void> removeEnded(Call call, ContainerId id) {
    return records
        .find(id.value())
        .map(container -> removal.remove(call, container))
        .orElseGet(Future::succeededFuture);
  }

  @Override
  public Future<ExecResult> exec(Call call, ContainerId id, ExecSpec command) {
    about(call, id);
    return running(id)
        .map(LocalContainers::awake)
        .compose(container -> runtime(container).exec(call, id, command));
  }

  @Override
  public Future<Void> reopenLog(Call call, ContainerId id) {
    return running(id).compose(container -> runtime(container).reopenLog(call, id));
  }

  @Override
  public Future<Void> update(Call call, ContainerId id, Resources limits) {
    return lanes.enter(id, () -> present(id).compose(container -> limit(call, container, limits)));
  }

  @Override
  public Future<Void> pause(Call call, ContainerId id) {
    about(call, id);
    return lanes.enter(
        id,
        () ->
            running(id)
                .compose(container -> runtime(container).pause(call, id))
                .compose(_ -> remember(call, id, true, "ContainerPaused")));
  }

  @Override
  public Future<Void> resume(Call call, ContainerId id) {
    about(call, id);
    return lanes.enter(id, () -> running(id).compose(container -> goOn(call, container)));
  }

  private Future<Void> goOn(Call call, Container container) {
    return runtime(container)
        .resume(call, container.id())
        .compose(_ -> remember(call, container.id(), false, "ContainerResumed"));
  }

  private Future<Void> remember(Call call, ContainerId id, boolean paused, String fact) {
    return records.change(call, id.value(), it -> it.after(new Fact.Paused(paused)), fact);
  }

  private Future<Void> limit(Call call, Container container, Resources limits) {
    if (container.exited()) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "container: " + container.id() + " has ended (expected: created or running)"));
    }
    var all = container.config().resources().with(limits);
    facts.check(all);
    var there = container.process().isPresent();
    return (there
            ? runtime(container).update(call, container.id(), SpecWriter.limits(all, facts))
            : Future.<Void>succeededFuture())
        .compose(_ -> records.amend(call, container.key(), it -> it.limited(all)));
  }

  @Override
  public Future<Void> checkpoint(Call call, ContainerId id, Path location) {
    about(call, id);
    return lanes.enter(
        id,
        () ->
            running(id)
                .compose(
                    container ->
                        told(container)
                            .compose(
                                told ->
                                    new Checkpoint(parts, paths, container, told, location)
                                        .write(call, runtime(container)))));
  }

  @Override
  public Optional<Container> find(String idOrPrefix) {
    var exact = records.find(idOrPrefix).filter(Container::visible);
    if (exact.isPresent() || idOrPrefix.isEmpty()) {
      return exact;
    }
    var matches = list().stream().filter(it -> it.key().startsWith(idOrPrefix)).limit(2).toList();
    return matches.size() == 1 ? Optional.of(matches.getFirst()) : Optional.empty();
  }

  @Override
  public List<Container> list() {
    return records.all().stream().filter(Container::visible).toList();
  }

  @Override
  public Future<Optional<ContainerSpec>> told(Container container) {
    return parts.host().disk().run(() -> restart.spec(container));
  }

  @Override
  public Path writable(Container container) {
    return paths.upper(container.id());
  }

  @Override
  public RootImage image(Container container) {
    return RootImage.in(paths.writable(container.id()));
  }

  @Override
  public Future<List<ContainerSpec>> recoverable(String handler) {
    return restart.recoverable(handler);
  }

  @Override
  public Future<Void> recover(Call call, Map<ContainerId, Recovered> found) {
    return restart.run(call, found);
  }

  @Override
  public Set<Digest> layers() {
    return records.all().stream()
        .flatMap(container -> container.layers().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Future<Void> evict(Call call, SandboxId sandbox) {
    return each(sandbox, container -> stop(call, container.id(), Duration.ZERO));
  }

  @Override
  public Future<Void> removeAll(Call call, SandboxId sandbox) {
    return each(sandbox, container -> remove(call, container.id()));
  }

  private Future<Void> each(SandboxId sandbox, Function<Container, Future<Void>> work) {
    return Future.join(
            records.all().stream()
                .filter(container -> container.sandbox().equals(sandbox))
                .map(work)
                .toList())
        .mapEmpty();
  }

  private void about(Call call, ContainerId id) {
    call.about(Subject.container(id.value()));
    records.find(id.value()).ifPresent(container -> about(call, container.sandbox()));
  }

  private void about(Call call, SandboxId id) {
    call.about(Subject.sandbox(id.value()));
    parts
        .sandboxes()
        .find(id.value())
        .map(sandbox -> sandbox.config().pod())
        .ifPresent(pod -> call.about(Subject.pod(pod.namespace(), pod.name())));
  }

  private Future<Void> take(Call call, ContainerId id, Fact fact) {
    return records.change(call, id.value(), now -> now.after(fact));
  }

  private Future<Container> present(ContainerId id) {
    return records
        .find(id.value())
        .filter(Container::visible)
        .map(Future::succeededFuture)
        .orElseGet(
            () -> Future.failedFuture(RuntimeFault.notFound("container: " + id + " is not here")));
  }

  private Future<Container> running(ContainerId id) {
    return present(id)
        .compose(
            container ->
                container.state() instanceof ContainerState.Running
                    ? Future.succeededFuture(container)
                    : Future.failedFuture(
                        RuntimeFault.precondition(
                            "container: "
                                + id
                                + " is "
                                + container.fact()
                                + " (expected: running)")));
  }

  /** A command in what stands still would stand still too. */
  static Container awake(Container container) {
    if (container.paused()) {
      throw RuntimeFault.precondition(
          "container: " + container.id() + " is paused (expected: one that was resumed)");
    }
    return container;
  }

  private PodRuntime runtime(Container container) {
    return parts.runtimes().runtime(container.handler());
  }

  private Optional<Container> named(String name) {
    return records.all().stream()
        .filter(it -> nameOf(it.sandbox(), it.config()).equals(name))
        .findFirst();
  }

  private static String nameOf(SandboxId sandbox, ContainerConfig config) {
    return sandbox + "/" + config.name() + "/" + config.attempt();
  }
}
