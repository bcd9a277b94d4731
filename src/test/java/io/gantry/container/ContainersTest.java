package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.call.Failpoints;
import io.gantry.call.StepName;
import io.gantry.cdi.Cdi;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.FakeHost;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.metrics.Metrics;
import io.gantry.network.FakeNetworks;
import io.gantry.oci.ImageConfig;
import io.gantry.runtime.ExecSpec;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.FakeRuntime;
import io.gantry.runtime.FakeRuntimes;
import io.gantry.runtime.Labels;
import io.gantry.runtime.Recovered;
import io.gantry.sandbox.Pods;
import io.gantry.sandbox.Sandboxes;
import io.gantry.sandbox.Tenants;
import io.gantry.security.AskedLabels;
import io.gantry.security.FakeConfinement;
import io.gantry.security.SelinuxOptions;
import io.gantry.state.FakeState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContainersTest {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final FakeHost host = new FakeHost();
  private final FakeState state = new FakeState();
  private final FakeRuntime runtime = new FakeRuntime();
  private final FakeRuntimes runtimes = new FakeRuntimes(runtime);
  private final FakeConfinement confinement = new FakeConfinement();
  private final Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
  private final FakeImages images = new FakeImages(ImageConfig.Execution.NONE);
  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private final AtomicReference<Tenants> tenants = new AtomicReference<>();
  private Sandboxes sandboxes;
  private Containers containers;
  private SandboxId pod;

  @BeforeEach
  void open() {
    sandboxes =
        Sandboxes.over(
                new Sandboxes.Parts(
                    host,
                    state,
                    new FakeNetworks(),
                    runtimes,
                    tenants::get,
                    confinement,
                    clock,
                    _ -> Future.failedFuture("no clock")),
                folder)
            .result();
    containers = reopened();
    tenants.set(containers);
    pod = sandboxes.run(call, Pods.pod("web")).result();
  }

  private Containers reopened() {
    return Containers.over(
            new Containers.Parts(
                vertx,
                host,
                state,
                sandboxes,
                runtimes,
                () -> images,
                confinement,
                Cdi.in(host.disk(), List.of()),
                clock),
            folder.resolve("root"),
            folder.resolve("run"))
        .result();
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @Test
  void aContainerGoesFromCreatedThroughRunningToExited() {
    // Given
    var id = created("app");
    var before = stateOf(id);

    // When
    containers.start(call, id);
    var running = stateOf(id);
    runtime.end(id, 7);

    // Then
    assertThat(before).isInstanceOf(ContainerState.Created.class);
    assertThat(running).isInstanceOf(ContainerState.Running.class);
    assertThat(stateOf(id))
        .isInstanceOfSatisfying(
            ContainerState.Exited.class,
            exited -> {
              assertThat(exited.code()).isEqualTo(7);
              assertThat(exited.reason()).isEqualTo("Error");
            });
    assertThat(state.factTypes())
        .containsSubsequence("ContainerCreated", "ContainerStarted", "ContainerExited");
  }

  @ParameterizedTest
  @EnumSource(CreateStep.class)
  void aStepThatFailsLeavesNothing(StepName step) {
    // Given
    var tools = new Call.Tools(Metrics.unread(), Failpoints.parse(step.id() + ":after=fail"));

    // When
    var done = containers.create(Call.internal(tools, "Test"), Asked.container("app").in(pod));

    // Then
    assertThat(fault(done).getMessage()).contains("failpoint");
    assertThat(containers.list()).isEmpty();
    assertThat(state.rows("container")).isEmpty();
    assertThat(runtime.containers()).isEmpty();
    assertThat(folder.resolve("root/containers"))
        .satisfiesAnyOf(
            path -> assertThat(path).doesNotExist(), path -> assertThat(path).isEmptyDirectory());
    assertThat(containers.create(call, Asked.container("app").in(pod)).succeeded())
        .as("the name is free")
        .isTrue();
  }

  @Test
  void aRetryGetsTheContainerThatTheFirstCallMade() {
    // Given
    var first = created("app");

    // Then
    assertThat(created("app")).isEqualTo(first);
  }

  @Test
  void aRetryThatAsksForSomethingElseReplacesIt() throws Exception {
    // Given
    var first = created("app");

    // When
    var second =
        containers
            .create(call, Asked.container("app").running("true").in(pod))
            .await(5, TimeUnit.SECONDS);

    // Then
    assertThat(second).isNotEqualTo(first);
    assertThat(runtime.containers()).containsExactly(second);
  }

  @Test
  void aSandboxThatClosesMeanwhileUndoesTheCreation() {
    // Given
    var held = runtime.hold("create");
    var creation = containers.create(call, Asked.container("app").in(pod));
    var stop = sandboxes.stop(call, pod);

    // When
    held.complete();

    // Then
    assertThat(fault(creation).kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(stop.succeeded()).isTrue();
    assertThat(runtime.containers()).isEmpty();
  }

  @Test
  void onlyACreatedContainerCanBeStarted() {
    // Given
    var id = started("app");

    // When
    var again = containers.start(call, id);

    // Then
    assertThat(fault(again).kind()).isEqualTo(Kind.FAILED_PRECONDITION);
  }

  @Test
  void aProgramThatCannotBeRunIsAStartError() {
    // Given
    var id = created("app");
    runtime.failNext("start", RuntimeFault.precondition("no such file"));

    // When
    var done = containers.start(call, id);

    // Then
    assertThat(fault(done).getMessage()).isEqualTo("no such file");
    assertThat(stateOf(id))
        .isInstanceOfSatisfying(
            ContainerState.Exited.class,
            exited -> assertThat(exited.reason()).isEqualTo("StartError"));
  }

  @Test
  void aStopUnderWayIsOvertakenByAShorterOne() throws Exception {
    // Given
    runtime.ignoringTerm();
    var id = started("app");
    var patient = containers.stop(call, id, Duration.ofSeconds(300));

    // When
    var impatient = containers.stop(call, id, Duration.ZERO);

    // Then
    impatient.await(5, TimeUnit.SECONDS);
    patient.await(5, TimeUnit.SECONDS);
    assertThat(stateOf(id)).isInstanceOf(ContainerState.Exited.class);
  }

  @Test
  void readsAndExecsAnswerWhileAStopIsUnderWay() {
    // Given
    runtime.ignoringTerm();
    var id = started("app");
    containers.stop(call, id, Duration.ofSeconds(300));

    // When
    var exec = containers.exec(call, id, new ExecSpec(List.of("true"), Optional.empty(), 1024));

    // Then
    assertThat(containers.list()).hasSize(1);
    assertThat(exec.succeeded()).isTrue();
    containers.stop(call, id, Duration.ZERO);
  }

  @Test
  void stoppingAndRemovingAreIdempotent() throws Exception {
    // Given
    var id = started("app");

    // Then
    containers.stop(call, id, Duration.ZERO).await(5, TimeUnit.SECONDS);
    containers.stop(call, id, Duration.ZERO).await(5, TimeUnit.SECONDS);
    containers.remove(call, id).await(5, TimeUnit.SECONDS);
    containers.remove(call, id).await(5, TimeUnit.SECONDS);
    containers.stop(call, ContainerId.random(), Duration.ZERO).await(5, TimeUnit.SECONDS);
    assertThat(state.rows("container")).isEmpty();
    assertThat(runtime.containers()).isEmpty();
  }

  @Test
  void removingASandboxRemovesItsContainers() throws Exception {
    // Given
    started("app");

    // When
    sandboxes.remove(call, pod).await(5, TimeUnit.SECONDS);

    // Then
    assertThat(containers.list()).isEmpty();
    assertThat(runtime.containers()).isEmpty();
  }

  @Test
  void layersOfContainersAreHeldUntilTheyAreRemoved() throws Exception {
    // Given
    var id = created("app");
    var held = containers.layers();

    // When
    containers.remove(call, id).await(5, TimeUnit.SECONDS);

    // Then
    assertThat(held).hasSize(1);
    assertThat(containers.layers()).isEmpty();
  }

  @Test
  void anImageIsKeptFromTheLookAtItUntilItsContainerIsOnRecord() {
    // Given
    var gate = runtime.hold("create");
    runtime.failNext("create", RuntimeFault.unavailable("no runtime", null));
    var creation = containers.create(call, Asked.container("app").in(pod));
    var meanwhile = images.held();

    // When
    gate.complete();

    // Then
    assertThat(creation.failed()).isTrue();
    assertThat(meanwhile).isEqualTo(1);
    assertThat(images.held()).isZero();
    created("app");
    assertThat(images.held()).isZero();
    assertThat(containers.layers()).hasSize(1);
  }

  @Test
  void aRefusedPlanLetsGoOfItsImage() {
    // When
    var done = containers.create(call, Asked.container("app").running().in(pod));

    // Then
    assertThat(fault(done).getMessage()).contains("no command");
    assertThat(images.held()).isZero();
  }

  @Test
  void aStartTakesWhatTheRuntimeFound() {
    // Given
    var ended = started("ended");
    var gone = started("gone");
    var again = reopened();

    // When
    again.recover(
        call, Map.of(ended, new Recovered.Ended(new ExitStatus(3, clock.instant(), false, true))));

    // Then
    assertThat(again.find(ended.value()).orElseThrow().state())
        .isInstanceOfSatisfying(
            ContainerState.Exited.class, exited -> assertThat(exited.code()).isEqualTo(3));
    assertThat(again.find(gone.value()).orElseThrow().state())
        .isInstanceOfSatisfying(
            ContainerState.Exited.class,
            exited -> {
              assertThat(exited.code()).isEqualTo(255);
              assertThat(exited.reason()).isEqualTo("Unknown");
            });
  }

  @Test
  void aStartUndoesWhatWasHalfMade() {
    // Given
    runtime.hold("create");
    containers.create(call, Asked.container("app").in(pod));
    var again = reopened();

    // When
    again.recover(call, Map.of());

    // Then
    assertThat(state.rows("container")).isEmpty();
  }

  @Test
  void whatTheRuntimeIsToRecoverIsWhatItWasTold() {
    // Given
    var id = created("app");
    var told = runtime.created(id).orElseThrow();

    // When
    var recoverable = reopened().recoverable(FakeRuntimes.NAME).result();

    // Then
    assertThat(recoverable).singleElement().isEqualTo(told);
  }

  @Test
  void aContainerAndWhatItMountsHaveItsLabels() throws Exception {
    // Given
    var label = "u:object_r:f_t:s0:c1,c2";
    confinement.labelling(new Labels("u:r:p_t:s0:c1,c2", label), "s0:c1,c2");
    pod = sandboxes.run(call, Pods.pod("labelled")).result();
    host.forget();
    var data = Files.createDirectories(folder.resolve("data"));
    var link = Files.createSymbolicLink(folder.resolve("link"), data);
    var other = Files.createDirectories(folder.resolve("other"));

    // When
    var id =
        containers
            .create(
                call,
                Asked.container("app")
                    .mounting(
                        relabelled(link), Volume.of("/o", other.toString(), false, "rprivate"))
                    .in(pod))
            .result();

    // Then
    var spec = runtime.created(id).orElseThrow().spec();
    assertThat(spec.process().selinuxLabel()).isEqualTo("u:r:p_t:s0:c1,c2");
    assertThat(spec.linux().mountLabel()).isEqualTo(label);
    assertThat(host.calls("disk.label"))
        .containsExactly("disk.label " + data.toRealPath() + " " + label);
  }

  @Test
  void aContainerWithAnotherLevelSharesThePodsFilesAtTheLowest() {
    // Given
    confinement.labelling(new Labels("u:r:p_t:s0:c1,c2", "u:object_r:f_t:s0:c1,c2"), "s0:c1,c2");
    pod = sandboxes.run(call, Pods.pod("labelled")).result();
    confinement.labelling(new Labels("u:r:p_t:s0:c4,c5", "u:object_r:f_t:s0:c4,c5"), "s0:c1,c2");
    host.forget();

    // When
    var options = new SelinuxOptions("", "", "", "s0:c4,c5");
    containers.create(call, Asked.container("app").secured(Asked.PLAIN.labelled(options)).in(pod));

    // Then
    assertThat(confinement.askedLabels().getLast())
        .isEqualTo(new AskedLabels(Optional.of(options), "s0:c1,c2", false, false));
    assertThat(host.calls("disk.label"))
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).endsWith(" u:object_r:f_t:s0"));
  }

  @Test
  void theHostsOwnFilesAreNotRelabelled() {
    // Given
    confinement.labelling(new Labels("u:r:p_t:s0:c1,c2", "u:object_r:f_t:s0:c1,c2"), "s0:c1,c2");
    pod = sandboxes.run(call, Pods.pod("labelled")).result();
    host.forget();

    // When
    var fault =
        fault(
            containers.create(
                call, Asked.container("app").mounting(relabelled(Path.of("/etc"))).in(pod)));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(fault)
        .hasMessageStartingWith("container app: relabelling of host path '/etc': path: '/etc'");
    assertThat(host.calls("disk.label")).isEmpty();
    assertThat(containers.list()).isEmpty();
  }

  private static Volume relabelled(Path source) {
    return new Volume(
        "/v",
        source.toString(),
        false,
        false,
        "rprivate",
        Optional.empty(),
        List.of(),
        Optional.empty(),
        true);
  }

  private ContainerId created(String name) {
    var done = containers.create(call, Asked.container(name).in(pod));
    assertThat(done.succeeded()).as("%s", done.cause()).isTrue();
    return done.result();
  }

  private ContainerId started(String name) {
    var id = created(name);
    assertThat(containers.start(call, id).succeeded()).isTrue();
    return id;
  }

  private ContainerState stateOf(ContainerId id) {
    return containers.find(id.value()).orElseThrow().state();
  }

  private static RuntimeFault fault(Future<?> failed) {
    assertThat(failed.failed()).isTrue();
    return RuntimeFault.of(failed.cause());
  }
}
