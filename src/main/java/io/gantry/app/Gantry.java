package io.gantry.app;

import io.gantry.access.Access;
import io.gantry.api.ApiVerticle;
import io.gantry.api.MetricsVerticle;
import io.gantry.call.Call;
import io.gantry.call.Failpoints;
import io.gantry.call.Journal;
import io.gantry.call.Lane;
import io.gantry.cdi.Cdi;
import io.gantry.config.Configuration;
import io.gantry.config.Key;
import io.gantry.config.Owners;
import io.gantry.container.Containers;
import io.gantry.cri.CriVerticle;
import io.gantry.diagnosis.Diagnoses;
import io.gantry.doctor.Doctor;
import io.gantry.errors.RuntimeFault;
import io.gantry.events.EventsConfig;
import io.gantry.events.FactRing;
import io.gantry.handler.Handlers;
import io.gantry.host.LinuxHost;
import io.gantry.image.Images;
import io.gantry.image.registry.Registries;
import io.gantry.metrics.Metrics;
import io.gantry.network.Cni;
import io.gantry.network.Networks;
import io.gantry.recovery.Recovery;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandboxes;
import io.gantry.security.Confinement;
import io.gantry.state.SequencedFact;
import io.gantry.state.Sqlite;
import io.gantry.state.State;
import io.gantry.stats.Stats;
import io.gantry.streaming.StreamTarget;
import io.gantry.streaming.StreamingConfig;
import io.gantry.streaming.StreamingVerticle;
import io.gantry.streaming.WebSocketStreams;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon, put together: each part is made once, in the order in which they stand on each other,
 * and the doors are opened last.
 */
final class Gantry {
  private static final Logger LOG = LoggerFactory.getLogger(Gantry.class);

  private final Vertx vertx;
  private final Configuration configuration;
  private final Owners owners;
  private final PrometheusMeterRegistry registry;
  private final Call.Tools tools;
  private final Clock clock = Clock.systemUTC();
  private final LinuxHost host;
  private final FactRing<SequencedFact> facts;
  private final Cdi cdi;
  private final AtomicReference<State> state = new AtomicReference<>();
  private final AtomicReference<Handlers> handlers = new AtomicReference<>();
  private final AtomicReference<Drivers> drivers = new AtomicReference<>();
  private final Lane probing = new Lane();
  private volatile Optional<String> whyNotIdMapped = Optional.empty();
  private volatile String selinux = "";

  Gantry(
      Vertx vertx,
      Configuration configuration,
      PrometheusMeterRegistry registry,
      Failpoints failpoints) {
    this.vertx = vertx;
    this.configuration = configuration;
    this.owners = Owners.of(configuration);
    this.registry = registry;
    this.tools = new Call.Tools(Metrics.over(registry), failpoints, Journal.at(clock));
    this.host = LinuxHost.on(vertx);
    this.cdi = Cdi.in(host.disk(), owners.cdiFolders());
    this.facts = FactRing.of(vertx, EventsConfig.defaults());
  }

  /** Complete when the doors are open. */
  Future<Void> start() {
    return openState()
        .compose(
            opened ->
                Future.all(
                        runtimes(),
                        Cni.networks(vertx, host, owners.network()),
                        Confinement.on(Call.internal(tools, "Confinement"), host, owners.selinux())
                            .onSuccess(made -> selinux = made.selinux()))
                    .compose(
                        made ->
                            capabilities(
                                opened, made.resultAt(0), made.resultAt(1), made.resultAt(2))));
  }

  /**
   * The doors close, what is waiting to be written is written, and all threads end. Containers go
   * on running.
   */
  Future<Void> stop() {
    return Future.join(vertx.deploymentIDs().stream().map(vertx::undeploy).toList())
        .transform(_ -> closeState())
        .onComplete(_ -> host.close())
        .eventually(vertx::close);
  }

  /** Probes the handlers again, by what {@code now} says of them; nothing else of it is taken. */
  Future<Void> probeAgain(Configuration now) {
    var opened = handlers.get();
    return opened == null
        ? Future.failedFuture(RuntimeFault.precondition("the start is about to (expected: served)"))
        : probing.enter(() -> opened.again(Owners.of(now).handlers()));
  }

  private Future<Void> closeState() {
    var opened = state.get();
    return opened == null ? Future.succeededFuture() : opened.close();
  }

  private Future<State> openState() {
    return Sqlite.open(vertx, owners.root().resolve("state.db"), clock, this::told)
        .onSuccess(
            opened -> {
              state.set(opened);
              facts.startAfter(opened.lastSequence());
            });
  }

  private void told(List<SequencedFact> news) {
    for (var fact : news) {
      tools.metrics().fact(fact.type());
      facts.append(fact.sequence(), fact);
    }
  }

  private Future<Runtimes> runtimes() {
    return Future.all(
            host.mounts().whyNotIdMapped(owners.root()),
            CgroupDriver.of(owners.cgroupDriver(), host))
        .compose(found -> runtimes(found.resultAt(0), found.resultAt(1)));
  }

  private Future<Runtimes> runtimes(Optional<String> whyNotIdMapped, CgroupDriver cgroups) {
    this.whyNotIdMapped = whyNotIdMapped;
    whyNotIdMapped.ifPresent(Gantry::withoutUserNamespaces);
    var made = new Drivers(vertx, host, clock, owners.run(), whyNotIdMapped.isEmpty());
    drivers.set(made);
    return Handlers.open(owners.handlers(), host.disk(), handler -> made.driver(handler, cgroups))
        .onSuccess(handlers::set)
        .map(opened -> new HandlerRuntimes(opened, cgroups));
  }

  private static void withoutUserNamespaces(String why) {
    LOG.atInfo().addKeyValue("error", why).log("no pods with users of their own on this host");
  }

  private Future<Void> capabilities(
      State opened, Runtimes runtimes, Networks networks, Confinement confinement) {
    var containers = new AtomicReference<Containers>();
    var registries = Registries.over(vertx, host.disk(), owners.registry(), tools.metrics());
    return Images.over(
            new Images.Parts(
                vertx, host, opened, registries, () -> containers.get().layers(), clock),
            owners.images())
        .compose(
            images ->
                Sandboxes.over(
                        new Sandboxes.Parts(
                            host,
                            opened,
                            networks,
                            runtimes,
                            containers::get,
                            confinement,
                            clock,
                            this::pause),
                        owners.sandboxes())
                    .compose(
                        sandboxes ->
                            Containers.over(
                                    new Containers.Parts(
                                        vertx,
                                        host,
                                        opened,
                                        sandboxes,
                                        runtimes,
                                        () -> images,
                                        confinement,
                                        cdi,
                                        clock),
                                    owners.containers())
                                .onSuccess(containers::set)
                                .compose(
                                    made -> serve(images, networks, runtimes, sandboxes, made))));
  }

  private Future<Void> serve(
      Images images,
      Networks networks,
      Runtimes runtimes,
      Sandboxes sandboxes,
      Containers containers) {
    var gauges = new Gauges(tools.metrics());
    gauges.watch(sandboxes, containers, images);
    var stats =
        Stats.over(
            new Stats.Parts(vertx, host, runtimes, sandboxes, containers, owners.root(), clock));
    var target = Containers.streams(containers, sandboxes, runtimes);
    var streaming =
        new StreamingVerticle(
            owners.streaming().orElseGet(StreamingConfig::defaults), target, clock);
    var behind =
        new CriVerticle.Behind(
            tools,
            host.disk(),
            sandboxes,
            containers,
            images,
            stats,
            streaming.streams(),
            networks,
            cdi,
            runtimes,
            facts,
            clock,
            Version.text(),
            shown());
    return Recovery.of(runtimes, sandboxes, containers, images)
        .run(Call.internal(tools, "Recovery"))
        .onSuccess(_ -> drivers.get().adoptBy(new Newcomers(tools, sandboxes)))
        .compose(
            _ ->
                vertx.deployVerticle(
                    new MetricsVerticle(owners.metrics(), registry, tools.metrics())))
        .compose(_ -> deploy(streaming))
        .compose(_ -> vertx.deployVerticle(new CriVerticle(owners.cri(), behind)))
        .compose(_ -> Access.over(state.get(), clock))
        .compose( // last: the kubelet need not wait while its contract is loaded
            access ->
                vertx.deployVerticle(
                    new ApiVerticle(owners.api(), behind(behind, stats, access, target))))
        .onSuccess(_ -> new HeapAtRest(tools.journal()).watch(vertx))
        .mapEmpty();
  }

  private Future<Void> pause(Duration time) {
    return vertx.timer(time.toMillis(), TimeUnit.MILLISECONDS).mapEmpty();
  }

  /** The REST API stands on what the CRI stands on. */
  private ApiVerticle.Behind behind(
      CriVerticle.Behind cri, Stats stats, Access access, StreamTarget target) {
    return new ApiVerticle.Behind(
        vertx,
        clock,
        tools,
        host.disk(),
        state.get(),
        facts,
        handlers.get(),
        cri.networks(),
        cri.sandboxes(),
        cri.containers(),
        cri.images(),
        stats,
        Diagnoses.over(
            new Diagnoses.Parts(
                tools.journal(), cri.sandboxes(), cri.containers(), cri.images(), clock)),
        doctor(cri.networks()),
        access,
        WebSocketStreams.over(vertx, target, StreamingConfig.defaults().idleTimeout()),
        owners.run().resolve("logs"),
        Version.text(),
        Arrays.stream(Key.values()).map(this::setting).toList());
  }

  /** Quotes what this daemon works with: what has changed on the host since is not in use yet. */
  private Doctor doctor(Networks networks) {
    return Doctor.of(
        new Doctor.Parts(
            host,
            owners.root(),
            owners.run(),
            owners.network().binDirs(),
            owners.cgroupDriver(),
            cdi,
            new Doctor.Facts(
                () -> Future.succeededFuture(handlers.get().all()),
                () ->
                    Future.succeededFuture(
                        new Networks.Look(networks.description(), networks.notReady())),
                () -> Future.succeededFuture(whyNotIdMapped))));
  }

  private ApiVerticle.Setting setting(Key key) {
    var value = configuration.value(key);
    return new ApiVerticle.Setting(
        key.path(), value.text(), value.source().name().toLowerCase(Locale.ROOT), key.meaning());
  }

  /** Without an address nothing listens, and URLs are refused. */
  private Future<?> deploy(StreamingVerticle streaming) {
    return owners.streaming().isPresent()
        ? vertx.deployVerticle(streaming)
        : Future.succeededFuture();
  }

  /** What a verbose status shows; critest reads {@code stateDir}. */
  private JsonObject shown() {
    var json =
        new JsonObject().put("stateDir", owners.run().toString()).put("selinux.state", selinux);
    for (var key : Key.values()) {
      json.put(key.path(), configuration.text(key));
    }
    return json;
  }

  Path socket() {
    return owners.cri().socket();
  }
}
