package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec.Cpu;
import io.gantry.oci.RuntimeSpec.Memory;
import io.gantry.oci.RuntimeSpec.Resources;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every driver tells of what containers use, and how their limits are changed. */
abstract class PodNumbersContract extends PodRuntimeFixture {
  private static final long LIMIT = 64 << 20;

  @Test
  void usageOfARunningContainerIsThere() {
    // Given
    var container =
        container(
            spec -> Specs.limitedTo(LIMIT, spec),
            "/bin/sh",
            "-c",
            "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; sleep 600");
    run(container);
    awaitLog(container, "done");

    // When
    var usage = on(() -> runtime.stats(call(), container.id()));

    // Then
    assertThat(usage.at()).isCloseTo(Instant.now(), within(10, ChronoUnit.SECONDS));
    assertThat(usage.cpu().nanos()).isPositive();
    assertThat(usage.memory().usage()).isPositive();
    assertThat(usage.memory().workingSet()).isBetween(1L, usage.memory().usage());
    assertThat(usage.memory().faults().all()).isPositive();
    assertThat(usage.memory().limit()).hasValue(LIMIT);
    assertThat(usage.tasks().current()).isPositive();
  }

  @Test
  void processorTimeOnlyGrows() {
    // Given
    var container = container("/bin/sh", "-c", "while :; do :; done");
    run(container);
    var before = on(() -> runtime.stats(call(), container.id())).cpu().nanos();

    // Then
    awaitTrue(() -> on(() -> runtime.stats(call(), container.id())).cpu().nanos() > before);
  }

  @Test
  void processesAndWhatTheyHoldAreCounted() {
    // Given
    var container = container("/bin/sh", "-c", "sleep 600 & echo ready; exec sleep 600");
    run(container);
    awaitLog(container, "ready");

    // When
    var held = on(() -> runtime.processes(call(), container.id()));

    // Then
    assertThat(held.processes()).isEqualTo(2);
    assertThat(held.fileDescriptors()).isGreaterThanOrEqualTo(6);
    assertThat(held.sockets()).isZero();
    assertThat(held.openFilesMax()).isPresent();
  }

  @Test
  void usageOfAPodIsThatOfItsContainers() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    sleeping();
    sleeping();

    // Then: a runtime's own threads are among them until the programs have taken their place
    awaitTrue(() -> tasksOfThePod() == 2);
    var usage = on(() -> runtime.podStats(call(), pod));
    assertThat(usage.network()).isEmpty();
    assertThat(usage.all()).isPresent();
    assertThat(usage.all().orElseThrow().memory().usage()).isPositive();
  }

  private long tasksOfThePod() {
    return on(() -> runtime.podStats(call(), pod)).all().orElseThrow().tasks().current();
  }

  @Test
  void usageAfterARestartGoesOn() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var container = sleeping();

    // When
    restart();

    // Then
    assertThat(on(() -> runtime.stats(call(), container.id())).tasks().current()).isEqualTo(1);
    assertThat(on(() -> runtime.podStats(call(), pod)).all()).isPresent();
  }

  @Test
  void numbersOfWhatIsNotThereAreNotFound() {
    // Given
    var nobody = ContainerId.random();

    // Then
    assertThat(faultOf(() -> runtime.stats(call(), nobody)).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.processes(call(), nobody)).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.podStats(call(), SandboxId.random())).kind())
        .isEqualTo(Kind.NOT_FOUND);
    assertThat(faultOf(() -> runtime.update(call(), nobody, memory(LIMIT))).kind())
        .isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void limitsOfARunningContainerAreChanged() {
    // Given
    var container = container(spec -> Specs.limitedTo(LIMIT, spec), "/bin/sleep", "600");
    run(container);

    // When
    on(() -> runtime.update(call(), container.id(), memory(2 * LIMIT)));

    // Then
    assertThat(on(() -> runtime.stats(call(), container.id())).memory().limit())
        .hasValue(2 * LIMIT);
  }

  @Test
  void limitsOfACreatedContainerAreChanged() {
    // Given
    var container = container(spec -> Specs.limitedTo(LIMIT, spec), "/bin/sleep", "600");
    on(() -> runtime.create(call(), container));

    // When
    on(() -> runtime.update(call(), container.id(), memory(2 * LIMIT)));
    on(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(on(() -> runtime.stats(call(), container.id())).memory().limit())
        .hasValue(2 * LIMIT);
  }

  @Test
  void limitThatTheKernelRefusesIsAFault() {
    // Given
    var container = sleeping();
    var tooSmall =
        new Resources(
            List.of(), null, new Cpu(null, 1L, 100_000L, null, null), null, List.of(), Map.of());

    // When
    var fault = faultOf(() -> runtime.update(call(), container.id(), tooSmall));

    // Then
    assertThat(fault).hasMessageContaining("update: ");
  }

  private static Resources memory(long bytes) {
    return new Resources(List.of(), new Memory(bytes, bytes), null, null, List.of(), Map.of());
  }
}
