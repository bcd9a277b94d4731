package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.call.Flights;
import io.gantry.call.Lanes;
import io.gantry.call.Subject;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.ids.SandboxId;
import io.gantry.network.Networks;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodSpec;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.SandboxConfig.Sharing.Pid;
import io.gantry.sandbox.SandboxState.Fact;
import io.gantry.state.Json;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sandboxes of this host. */
final class LocalSandboxes implements Sandboxes {
  private static final Logger LOG = LoggerFactory.getLogger(LocalSandboxes.class);

  private final Host host;
  private final Networks networks;
  private final Runtimes runtimes;
  private final SandboxPaths paths;
  private final Premises premises;
  private final Records<Sandbox> records;
  private final RecordedDrains drains;
  private final Levels levels;
  private final Supplier<Tenants> tenants;
  private final Clock clock;
  private final Flights<String, SandboxId> runs = Flights.goingOn();
  private final Flights<SandboxId, Void> stops = Flights.goingOn();
  private final Flights<SandboxId, Void> removals = Flights.goingOn();
  private final Lanes<PodName> names = new Lanes<>();

  LocalSandboxes(
      Host host,
      Networks networks,
      Runtimes runtimes,
      SandboxPaths paths,
      Premises premises,
      Records<Sandbox> records,
      RecordedDrains drains,
      Levels levels,
      Supplier<Tenants> tenants,
      Clock clock) {
    this.host = host;
    this.networks = networks;
    this.runtimes = runtimes;
    this.paths = paths;
    this.premises = premises;
    this.records = records;
    this.drains = drains;
    this.levels = levels;
    this.tenants = tenants;
    this.clock = clock;
  }

  @Override
  public Future<SandboxId> run(Call call, RunSandbox request) {
    var hash = Json.hash(request);
    var pod = request.config().pod();
    call.about(Subject.pod(pod.namespace(), pod.name()));
    return runs.join(call, pod + hash, own -> names.enter(pod, () -> runOnce(own, request, hash)));
  }

  private Future<SandboxId> runOnce(Call call, RunSandbox request, String hash) {
    var there = named(request.config().pod());
    if (there.isPresent() && there.get().ready() && there.get().requestHash().equals(hash)) {
      return Future.succeededFuture(there.get().id());
    }
    return there
        .map(old -> remove(call, old.id()))
        .orElseGet(Future::succeededFuture)
        .compose(_ -> open(call, request, hash));
  }

  @Override
  public Drains drains() {
    return drains;
  }

  private Future<SandboxId> open(Call call, RunSandbox request, String hash) {
    drains.check();
    var handler = runtimes.handler(request.handler());
    var config = withOverhead(handler, request.config());
    check(handler, config);
    if (!config.cgroupParent().isEmpty()) {
      ControlGroup.check(runtimes.cgroupDriver(), config.cgroupParent());
    }
    var sandbox =
        new Sandbox(
            SandboxId.random(),
            handler,
            config,
            request.owner(),
            host.bootId(),
            hash,
            clock.instant(),
            new SandboxState.Opening(),
            List.of(),
            Optional.empty(),
            levels.of(config));
    call.about(Subject.sandbox(sandbox.key()));
    return premises
        .labels(sandbox) // what the policy does not know is refused before anything is made
        .compose(_ -> new Opening(call, sandbox, premises, records).run())
        .onComplete(_ -> levels.settled(sandbox))
        .onSuccess(this::watch)
        .recover(
            cause ->
                Future.failedFuture(
                    RuntimeFault.of(cause).during("sandbox " + sandbox.config().pod())));
  }

  /** Kubernetes tells it with a RuntimeClass that has one. */
  private SandboxConfig withOverhead(String handler, SandboxConfig config) {
    return config.overhead().equals(Resources.NONE)
        ? config.limited(Resources.of(runtimes.overhead(handler)), config.resources())
        : config;
  }

  /** What the handler cannot do is refused before anything is made. */
  private void check(String handler, SandboxConfig config) {
    var features = runtimes.ready(handler).features();
    if (config.sharing().users().isPresent() && !features.userNamespaces()) {
      throw RuntimeFault.precondition(
          "user namespace: handler "
              + handler
              + " with "
              + features.version()
              + " (expected: a handler whose status has the feature user_namespaces)");
    }
  }

  @Override
  public Future<Void> stop(Call call, SandboxId id) {
    return stops.join(about(call, id), id, own -> stopOnce(own, id));
  }

  private Call about(Call call, SandboxId id) {
    records
        .find(id.value())
        .map(sandbox -> sandbox.config().pod())
        .ifPresent(pod -> call.about(Subject.pod(pod.namespace(), pod.name())));
    return call.about(Subject.sandbox(id.value()));
  }

  private Future<Void> stopOnce(Call call, SandboxId id) {
    var sandbox = records.find(id.value());
    if (sandbox.isEmpty() || sandbox.get().state() instanceof SandboxState.Closed) {
      return Future.succeededFuture();
    }
    return closing(call, sandbox.get()).stop();
  }

  @Override
  public Future<Void> remove(Call call, SandboxId id) {
    return removals.join(
        about(call, id), id, own -> stop(own, id).compose(_ -> removeStopped(own, id)));
  }

  private Future<Void> removeStopped(Call call, SandboxId id) {
    return records
        .find(id.value())
        .map(sandbox -> closing(call, sandbox).remove())
        .orElseGet(Future::succeededFuture);
  }

  @Override
  public Future<Void> update(
      Call call, SandboxId id, Optional<Resources> overhead, Optional<Resources> resources) {
    about(call, id);
    return present(id)
        .compose(
            found ->
                names.enter(
                    found.config().pod(),
                    () -> present(id).compose(now -> limit(call, now, overhead, resources))));
  }

  private Future<Void> limit(
      Call call, Sandbox sandbox, Optional<Resources> overhead, Optional<Resources> resources) {
    if (!sandbox.ready()) {
      return Future.failedFuture(
          RuntimeFault.precondition(
              "sandbox: " + sandbox.id() + " is " + sandbox.fact() + " (expected: ready)"));
    }
    var config = sandbox.config();
    var limited =
        sandbox.limited(overhead.orElse(config.overhead()), resources.orElse(config.resources()));
    return premises
        .limitGroup(limited)
        .compose(
            _ ->
                records.amend(
                    call,
                    sandbox.key(),
                    it -> it.limited(limited.config().overhead(), limited.config().resources())));
  }

  private Future<Sandbox> present(SandboxId id) {
    return records
        .find(id.value())
        .map(Future::succeededFuture)
        .orElseGet(
            () -> Future.failedFuture(RuntimeFault.notFound("sandbox: " + id + " is not here")));
  }

  @Override
  public Optional<Sandbox> find(String idOrPrefix) {
    var matches =
        list().stream().filter(it -> it.id().value().startsWith(idOrPrefix)).limit(2).toList();
    return matches.size() == 1 && !idOrPrefix.isEmpty()
        ? Optional.of(matches.getFirst())
        : Optional.empty();
  }

  @Override
  public List<Sandbox> list() {
    return records.all().stream()
        .filter(sandbox -> !(sandbox.state() instanceof SandboxState.Opening))
        .toList();
  }

  @Override
  public PodRuntime runtime(Sandbox sandbox) {
    return runtimes.runtime(sandbox.handler());
  }

  @Override
  public PodSpec spec(Sandbox sandbox) {
    return premises.spec(sandbox);
  }

  @Override
  public PodFiles files(Sandbox sandbox) {
    var id = sandbox.id();
    return new PodFiles(
        paths.resolvConf(id),
        paths.hosts(id),
        paths.hostname(id),
        sandbox.config().sharing().hostIpc() ? Path.of("/dev/shm") : paths.shm(id));
  }

  @Override
  public List<PodSpec> recoverable(String handler) {
    return records.all().stream()
        .filter(sandbox -> sandbox.handler().equals(handler))
        .filter(sandbox -> sandbox.bootId().equals(host.bootId()))
        .filter(sandbox -> !(sandbox.state() instanceof SandboxState.Closed))
        .map(premises::spec)
        .toList();
  }

  @Override
  public Future<Void> recover(Call call) {
    return Future.join(records.all().stream().map(sandbox -> settle(call, sandbox)).toList())
        .mapEmpty();
  }

  @Override
  public Future<Void> recoverNetworks(Call call) {
    return networks
        .cached()
        .onSuccess(
            cached -> {
              cached.stream().filter(id -> !claimed(id)).forEach(departures()::resume);
              departures().collectGarbage(call);
              check(call, cached.stream().filter(this::claimed).iterator());
            })
        .mapEmpty();
  }

  @Override
  public Set<SandboxId> leaving() {
    return departures().pending();
  }

  private Departures departures() {
    return premises.departures();
  }

  /** Whether a record says that the pod needs its network; after a reboot none does. */
  private boolean claimed(SandboxId id) {
    return records
        .find(id.value())
        .filter(sandbox -> sandbox.bootId().equals(host.bootId()))
        .filter(sandbox -> !(sandbox.state() instanceof SandboxState.Closed))
        .isPresent();
  }

  /** One pod after the other; what a plugin misses is told, and the pod goes on as it is. */
  private void check(Call call, Iterator<SandboxId> pods) {
    if (pods.hasNext()) {
      var id = pods.next();
      networks
          .check(call, id)
          .onFailure(
              cause ->
                  LOG.atWarn()
                      .addKeyValue("sandboxId", id)
                      .addKeyValue("error", cause.getMessage())
                      .log("the pod's network is not as it was attached"))
          .onComplete(_ -> check(call, pods));
    }
  }

  private Future<Void> settle(Call call, Sandbox sandbox) {
    return switch (sandbox.state()) {
      case SandboxState.Opening _ -> undone(call, sandbox);
      case SandboxState.Ready _ -> checked(call, sandbox);
      case SandboxState.Broken _, SandboxState.Closing _, SandboxState.Closed _ ->
          Future.succeededFuture();
    };
  }

  private Future<Void> undone(Call call, Sandbox sandbox) {
    LOG.atInfo().addKeyValue("sandboxId", sandbox.id()).log("undoing a half-made sandbox");
    return closing(call, sandbox)
        .undo()
        .recover(
            cause -> {
              LOG.atError()
                  .addKeyValue("sandboxId", sandbox.id())
                  .addKeyValue("error", cause.getMessage())
                  .log("half-made sandbox stays until the next start");
              return Future.succeededFuture();
            });
  }

  private Future<Void> checked(Call call, Sandbox sandbox) {
    if (!sandbox.bootId().equals(host.bootId())) {
      return lost(call, sandbox.id(), "the host was rebooted");
    }
    return premises
        .standing(sandbox)
        .compose(
            standing ->
                standing
                    ? Future.succeededFuture(sandbox.id()).onSuccess(this::watch).mapEmpty()
                    : lost(call, sandbox.id(), "its namespaces are gone"));
  }

  /** A pod whose own process ends is broken: what shared its PID namespace is gone with it. */
  private void watch(SandboxId id) {
    records
        .find(id.value())
        .filter(sandbox -> sandbox.config().sharing().pid() == Pid.POD)
        .ifPresent(
            sandbox ->
                runtime(sandbox)
                    .podEnded(id)
                    .onSuccess(
                        status ->
                            lost(
                                Call.internal(Call.Tools.plain(), "PodEnded"),
                                id,
                                "its process ended with code " + status.code())));
  }

  private Future<Void> lost(Call call, SandboxId id, String why) {
    if (records.find(id.value()).filter(Sandbox::ready).isEmpty()) {
      return Future.succeededFuture(); // it is being taken down: that is why its process ended
    }
    LOG.atWarn().addKeyValue("sandboxId", id).addKeyValue("error", why).log("sandbox is broken");
    return records.change(call, id.value(), now -> now.after(new Fact.Lost(clock.instant(), why)));
  }

  private Closing closing(Call call, Sandbox sandbox) {
    return new Closing(call, sandbox, premises, records, tenants.get(), clock);
  }

  private Optional<Sandbox> named(PodName pod) {
    return records.all().stream().filter(sandbox -> sandbox.config().pod().equals(pod)).findFirst();
  }
}
