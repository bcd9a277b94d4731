package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Failpoints;
import io.gantry.call.Trace;
import io.gantry.driver.Documents;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.gantry.metrics.Metrics;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodRuntimeContract;
import io.gantry.runtime.Recovered;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The port's contract, and what only a driver with a ledger and conmons can be asked. */
abstract class ConmonContract extends PodRuntimeContract {
  private static final Path CONMON = Path.of("/usr/bin/conmon");
  private static final Path CATATONIT = Path.of("/usr/bin/catatonit");

  private final Path binary;

  ConmonContract(Path binary) {
    this.binary = binary;
  }

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    return Conmon.runtime(vertx, host, Clock.systemUTC(), config(binary, directory));
  }

  @ParameterizedTest
  @MethodSource("createSteps")
  void createThatFailsAtAStepLeavesNothing(String place) throws IOException {
    // Given
    var container = container("/bin/sleep", "600");
    var failing = new Call.Tools(Metrics.unread(), Failpoints.parse(place + "=fail"));

    // When
    var fault = faultOf(() -> runtime.create(Call.internal(failing, "Test"), container));

    // Then
    assertThat(fault).hasMessage("failpoint: " + place);
    assertNothingIsLeftOf(container);
  }

  static Stream<String> createSteps() {
    return Stream.of(CreateStep.values())
        .flatMap(step -> Stream.of(step.id() + ":before", step.id() + ":after"));
  }

  @Test
  void createThatTheRuntimeNeverEndsIsGivenUpAtTheDeadline() throws IOException {
    // Given
    runtime = await(driverOf(stuckRuntime()));
    var container = container("/bin/sleep", "600");
    var call =
        Call.of(
            Call.Tools.plain(),
            "Test",
            Actor.DAEMON,
            Trace.fresh(),
            Optional.of(Duration.ofMillis(700)));

    // When
    var fault = faultOf(() -> runtime.create(call, container));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertNothingIsLeftOf(container);
  }

  @Test
  void restartClearsWhatWasHalfMade() throws IOException {
    // Given
    var container = sleeping();
    made.clear();
    var begun = Workload.of(container).entry(host.bootId());
    Documents.write(ledgerFile(container), begun);

    // When
    restart();

    // Then
    assertNothingIsLeftOf(container);
  }

  @Test
  void restartOfTheMachineEndsWhatRan() throws IOException {
    // Given
    var container = container("/bin/sleep", "600");
    var process = on(() -> runtime.create(call(), container));
    Documents.write(
        ledgerFile(container), Workload.of(container).entry("another-boot").with(process));

    // When
    var found = restart().get(container.id());

    // Then
    assertThat(found).isInstanceOf(Recovered.Ended.class);
    assertThat(((Recovered.Ended) found).status())
        .extracting(ExitStatus::code, ExitStatus::known)
        .containsExactly(255, false);
  }

  @Test
  void unreadableLedgerEntryStopsNothing() throws IOException {
    // Given
    var container = sleeping();
    Files.writeString(config(binary, driverDirectory()).ledger().resolve("x.json"), "{");

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Running.class);
  }

  @Test
  void deleteThatWasInterruptedIsDoneAfterARestart() throws IOException {
    // Given
    var container = sleeping();
    made.clear();
    runtime = await(driver(vertx, host, driverDirectory()));

    // When
    on(() -> runtime.delete(call(), container.id()));

    // Then
    assertNothingIsLeftOf(container);
  }

  @Test
  void containerWithoutAControlGroupIsRefused() {
    // Given
    var container = container("/bin/true");
    made.clear();
    var bare =
        new ContainerSpec(
            container.id(),
            container.pod(),
            container.directory(),
            withoutCgroup(container.spec()),
            container.rootfs(),
            Optional.empty(),
            false,
            false,
            false);

    // When
    var fault = faultOf(() -> runtime.create(call(), bare));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void sharedPidWithoutCatatonitIsRefused() {
    // Given
    var bare = ConmonConfig.of(CONMON, binary, Optional.empty(), driverDirectory());
    runtime = await(Conmon.runtime(vertx, host, Clock.systemUTC(), bare));

    // When
    var fault = faultOf(() -> runtime.open(call(), pod(true)));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("catatonit");
  }

  @Test
  void missingBinaryIsRefused() {
    // When
    var fault = faultOf(() -> driverOf(directory.resolve("nowhere")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
  }

  @Test
  void restartKnowsThePodOfAnInitThatWasUninstalled() {
    // Given
    on(() -> runtime.open(call(), pod(true)));
    var bare = ConmonConfig.of(CONMON, binary, Optional.empty(), driverDirectory());
    runtime = await(Conmon.runtime(vertx, host, Clock.systemUTC(), bare));

    // When
    on(() -> runtime.recover(call(), List.copyOf(opened), List.of()));

    // Then
    assertThat(onContext(() -> runtime.podEnded(opened.getFirst().id())).isComplete()).isFalse();
  }

  @Test
  void featuresAreTheRuntimesOwn() {
    assertThat(runtime.features().version()).matches("(crun|runc|youki) \\d+\\.\\d+.*");
  }

  private void assertNothingIsLeftOf(ContainerSpec container) throws IOException {
    assertThat(processesNaming(directory)).as("processes").isEmpty();
    assertThat(on(() -> host.mounts().below(directory))).as("mounts").isEmpty();
    assertThat(on(() -> host.cgroups().children(group))).as("control groups").isEmpty();
    assertThat(listing(container.directory())).as("bundle").isEmpty();
    var config = config(binary, driverDirectory());
    assertThat(listing(config.ledger())).as("ledger").isEmpty();
    assertThat(listing(config.exits())).as("exits").isEmpty();
    assertThat(listing(config.root())).as("state of the runtime").isEmpty();
  }

  private static RuntimeSpec withoutCgroup(RuntimeSpec spec) {
    return new RuntimeSpec(
        spec.ociVersion(),
        spec.process(),
        null,
        null,
        spec.mounts(),
        spec.annotations(),
        new Linux(
            spec.linux().namespaces(),
            null,
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            null,
            null));
  }

  /** A runtime that never finishes its create. */
  private Path stuckRuntime() throws IOException {
    var script = directory.resolve("stuck");
    Files.writeString(
        script,
        """
        #!/bin/sh
        case " $* " in *" create "*) sleep 600 ;; esac
        exec %s "$@"
        """
            .formatted(binary));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private Future<PodRuntime> driverOf(Path runtime) {
    return Conmon.runtime(vertx, host, Clock.systemUTC(), config(runtime, driverDirectory()));
  }

  private Path ledgerFile(ContainerSpec container) {
    return config(binary, driverDirectory()).ledger().resolve(container.id() + ".json");
  }

  final Path driverDirectory() {
    return directory.resolve("driver");
  }

  private static ConmonConfig config(Path binary, Path directory) {
    return ConmonConfig.of(CONMON, binary, Optional.of(CATATONIT), directory);
  }
}
