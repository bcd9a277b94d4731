package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.call.Flights;
import io.gantry.call.Flow;
import io.gantry.call.Lanes;
import io.gantry.container.ContainerState.Fact;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.Digest;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ExecResult;
import io.gantry.runtime.ExecSpec;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.Reach;
import io.gantry.runtime.Recovered;
import io.gantry.state.Json;
import io.gantry.state.Records;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

/** Containers of this host. */
final class LocalContainers implements Containers {
  private static final Logger LOG = LoggerFactory.getLogger(LocalContainers.class);

  private final Parts parts;
  private final ContainerPaths paths;
  private final Records<Container> records;
  private final HostFacts facts;
  private final Stopping stopping;
  private final Flights<String, ContainerId> creations = Flights.goingOn();
  private final Flights<ContainerId, Void> removals = Flights.goingOn();
  private final Lanes<String> names = new Lanes<>();
  private final Lanes<ContainerId> lanes = new Lanes<>();
  private final ConcurrentMap<ContainerId, Promise<Void>> ends = new ConcurrentHashMap<>();

  LocalContainers(Parts parts, ContainerPaths paths, Records<Container> records, HostFacts facts) {
    this.parts = parts;
    this.paths = paths;
    this.records = records;
    this.facts = facts;
    this.stopping = new Stopping(parts.vertx());
  }

  @Override
  public Future<ContainerId> create(Call call, CreateContainer request) {
    var hash = Json.hash(request);
    var name = nameOf(request.sandbox(), request.config());
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
        .compose(_ -> plan().of(request, hash))
        .compose(planned -> make(call, planned))
        .recover(
            cause ->
                Future.failedFuture(
                    RuntimeFault.of(cause).during("container " + request.config().name())));
  }

  private Future<ContainerId> make(Call call, Plan.Planned planned) {
    var container = planned.container();
    var creation =
        new Creation(
            call,
            container,
            planned.spec(),
            runtime(container),
            paths,
            parts.host(),
            records,
            parts.sandboxes());
    return lanes
        .enter(container.id(), creation::run)
        .onSuccess(_ -> watch(container))
        .map(container.id());
  }

  private Plan plan() {
    return new Plan(
        parts.host(),
        parts.sandboxes(),
        parts.images().get(),
        paths,
        records,
        facts,
        parts.clock());
  }

  @Override
  public Future<Void> start(Call call, ContainerId id) {
    return lanes.enter(id, () -> present(id).compose(container -> startCreated(call, container)));
  }

  private Future<Void> startCreated(Call call, Container container) {
    if (!(container.state() instanceof ContainerState.Created)) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "container: " + container.id() + " is " + container.fact() + " (expected: created)"));
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
    var container = records.find(id.value());
    if (container.isEmpty() || container.get().exited()) {
      return Future.succeededFuture();
    }
    return switch (container.get().state()) {
      case ContainerState.Exited _ -> Future.succeededFuture();
      // Its creation ends first, one way or the other.
      case ContainerState.Creating _ ->
          lanes.enter(id, Future::<Void>succeededFuture).compose(_ -> stop(call, id, grace));
      case ContainerState.Created _ -> end(call, container.get(), Duration.ZERO);
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
                    : runtime.signal(call, id, container.stopSignal(), Reach.FIRST))
        .step(
            StopStep.ENDED,
            () ->
                stopping.within(
                    id,
                    grace,
                    ended(id).future(),
                    () -> runtime.signal(call, id, Signals.KILL, Reach.ALL)))
        .run();
  }

  @Override
  public Future<Void> remove(Call call, ContainerId id) {
    return removals.join(
        call,
        id,
        own ->
            stop(own, id, Duration.ZERO).compose(_ -> lanes.enter(id, () -> removeEnded(own, id))));
  }

  private Future<Void> removeEnded(Call call, ContainerId id) {
    return records
        .find(id.value())
        .map(container -> clear(call, container, () -> dropped(call, container)))
        .orElseGet(Future::succeededFuture);
  }

  private Future<Void> clear(Call call, Container container, Supplier<Future<Void>> last) {
    return Flow.of(call)
        .step(RemoveStep.RUNTIME, () -> runtime(container).delete(call, container.id()))
        .step(
            RemoveStep.DIRECTORIES,
            () -> Creation.removeDirectories(parts.host(), paths, container))
        .step(RemoveStep.RECORD, last)
        .run()
        .onSuccess(_ -> ends.remove(container.id()));
  }

  /** Layers that only this container stood on are freed behind it; nobody waits for that. */
  private Future<Void> dropped(Call call, Container container) {
    return records
        .remove(call, container, "ContainerRemoved")
        .onSuccess(
            _ ->
                parts
                    .images()
                    .get()
                    .sweep(call.detached())
                    .onFailure(
                        cause ->
                            LOG.atWarn()
                                .addKeyValue("containerId", container.id())
                                .addKeyValue("error", cause.getMessage())
                                .log("layers could not be freed")));
  }

  @Override
  public Future<ExecResult> exec(Call call, ContainerId id, ExecSpec command) {
    return running(id).compose(container -> runtime(container).exec(call, id, command));
  }

  @Override
  public Future<Void> reopenLog(Call call, ContainerId id) {
    return running(id).compose(container -> runtime(container).reopenLog(call, id));
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
  public Path writable(Container container) {
    return paths.upper(container.id());
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

  @Override
  public Future<List<ContainerSpec>> recoverable(String handler) {
    var mine =
        records.all().stream()
            .filter(container -> container.handler().equals(handler))
            .filter(this::ofThisBoot)
            .toList();
    return parts.host().disk().run(() -> specs(mine));
  }

  private List<ContainerSpec> specs(List<Container> containers) throws IOException {
    var specs = new ArrayList<ContainerSpec>();
    for (var container : containers) {
      var file = paths.spec(container.id());
      if (Files.exists(file)) {
        specs.add(Json.decode(new JsonObject(Files.readString(file)), ContainerSpec.class));
      }
    }
    return specs;
  }

  private boolean ofThisBoot(Container container) {
    return container.bootId().equals(parts.host().bootId());
  }

  @Override
  public Future<Void> recover(Call call, Map<ContainerId, Recovered> found) {
    return Future.join(
            records.all().stream()
                .map(
                    container ->
                        settle(call, container, Optional.ofNullable(found.get(container.id()))))
                .toList())
        .mapEmpty();
  }

  private Future<Void> settle(Call call, Container container, Optional<Recovered> found) {
    if (!container.visible()) {
      LOG.atInfo().addKeyValue("containerId", container.id()).log("undoing a half-made container");
      return clear(call, container, () -> records.forget(call, container))
          .recover(cause -> reported(container, cause));
    }
    if (container.exited()) {
      return Future.succeededFuture();
    }
    if (!parts.runtimes().handlers().contains(container.handler())) {
      return unknown(container);
    }
    return switch (found.orElseGet(() -> gone(container))) {
      case Recovered.Waiting _ -> watched(container);
      case Recovered.Running _ ->
          take(call, container.id(), new Fact.Started(parts.clock().instant()))
              .compose(_ -> watched(container));
      case Recovered.Ended(var status) -> ended(call, container.id(), status);
    };
  }

  /** Nobody can be asked about it now; it may well run, so it stays what it was. */
  private static Future<Void> unknown(Container container) {
    LOG.atError()
        .addKeyValue("containerId", container.id())
        .addKeyValue("handler", container.handler())
        .log("container cannot be looked after: its handler does not work");
    return Future.succeededFuture();
  }

  private Recovered gone(Container container) {
    LOG.atWarn().addKeyValue("containerId", container.id()).log("container is gone");
    return new Recovered.Ended(ExitStatus.unknown(parts.clock().instant()));
  }

  private static Future<Void> reported(Container container, Throwable cause) {
    LOG.atError()
        .addKeyValue("containerId", container.id())
        .addKeyValue("error", cause.getMessage())
        .log("half-made container stays until the next start");
    return Future.succeededFuture();
  }

  private Future<Void> watched(Container container) {
    watch(container);
    return Future.succeededFuture();
  }

  private void watch(Container container) {
    var id = container.id();
    runtime(container)
        .exit(id)
        .onSuccess(
            status -> ended(Call.internal(Call.Tools.plain(), "ContainerEnded"), id, status));
  }

  private Future<Void> ended(Call call, ContainerId id, ExitStatus status) {
    return take(
            call,
            id,
            new Fact.Ended(status.at(), status.code(), status.oomKilled(), status.known()))
        .onSuccess(_ -> ended(id).tryComplete())
        .onFailure(
            cause ->
                LOG.atError()
                    .addKeyValue("containerId", id)
                    .addKeyValue("error", cause.getMessage())
                    .log("the end of a container could not be recorded"));
  }

  /** Complete once the container's end is on record. */
  private Promise<Void> ended(ContainerId id) {
    return ends.computeIfAbsent(id, _ -> Promise.promise());
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
