package io.gantry.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.runtime.ContainerUsage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsTest {
  private static final Duration WHILE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private StatsNode node;
  private ContainerId container;

  @BeforeEach
  void open() {
    node = new StatsNode(folder);
    container = node.container("app", node.pod("web"));
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void theRateOfProcessorTimeComesFromTwoReadings() {
    // When
    uses(1_000_000_000L);
    var first = numbers();
    node.later(Duration.ofSeconds(10));
    uses(6_000_000_000L);
    var second = numbers();

    // Then
    assertThat(first.cpuNanosASecond()).isEmpty();
    assertThat(second.cpuNanosASecond()).hasValue(500_000_000L);
  }

  @Test
  void aReadingShortlyAfterAnotherKeepsTheRate() {
    // Given
    uses(0);
    numbers();
    node.later(Duration.ofSeconds(10));
    uses(1_000_000_000L);
    numbers();

    // When
    node.later(Duration.ofMillis(10));
    uses(1_010_000_000L);

    // Then
    assertThat(numbers().cpuNanosASecond()).hasValue(100_000_000L);
  }

  @Test
  void aCounterThatWentBackBeginsAnew() {
    // Given
    uses(5_000_000_000L);
    numbers();
    node.later(Duration.ofSeconds(10));

    // When
    uses(1_000_000_000L);

    // Then
    assertThat(numbers().cpuNanosASecond()).isEmpty();
  }

  @Test
  void whatHasEndedHasNoUsageAndIsInNoList() {
    // Given
    var pod = node.container(container).sandbox();
    node.runtime.end(container, 0);

    // When
    var alone = numbers();
    var listed = node.stats.containers(node.call, node.containers.list()).result();
    var ofPod = node.stats.pod(node.call, node.sandbox(pod)).result();

    // Then
    assertThat(alone.usage()).isEmpty();
    assertThat(listed).isEmpty();
    assertThat(ofPod.containers()).isEmpty();
    assertThat(ofPod.usage()).isPresent();
  }

  @Test
  void oneThatCannotBeAskedDoesNotSpoilTheList() {
    // Given
    node.container("other", node.pod("other"));
    node.runtime.failNext("stats", RuntimeFault.precondition("gone"));

    // When
    var listed = node.stats.containers(node.call, node.containers.list());

    // Then
    assertThat(listed.result()).hasSize(1);
  }

  @Test
  void aCallThatIsOverAsksNobody() {
    // Given
    node.call.cancel("gone");
    var asked = node.runtime.verbs().size();

    // When
    var listed = node.stats.containers(node.call, node.containers.list());

    // Then
    assertThat(listed.failed()).isTrue();
    assertThat(node.runtime.verbs()).hasSize(asked);
  }

  @Test
  void onlyAFewAreAskedAtATime() {
    // Given
    var pod = node.pod("many");
    for (var i = 0; i < 10; i++) {
      node.container("c" + i, pod);
    }
    var gates = new ArrayList<Promise<Void>>();
    for (var i = 0; i < Abreast.AT_ONCE; i++) {
      gates.add(node.runtime.hold("stats"));
    }

    // When
    var listed = node.stats.containers(node.call, node.containers.list());
    var askedAtOnce = asked();
    gates.forEach(gate -> gate.complete());

    // Then
    assertThat(askedAtOnce).isEqualTo(Abreast.AT_ONCE);
    assertThat(listed.result()).hasSize(11);
  }

  private long asked() {
    return node.runtime.verbs().stream().filter(verb -> verb.startsWith("stats ")).count();
  }

  @Test
  void manyThatAnswerAtOnceDoNotEndTheStack() {
    // Given
    var all = new ArrayList<Integer>();
    for (var i = 0; i < 100_000; i++) {
      all.add(i);
    }

    // When
    var found = Abreast.map(node.call, all, it -> Future.succeededFuture(Optional.of(it)));

    // Then
    assertThat(found.result()).isEqualTo(all);
  }

  @Test
  void aPodHasItsContainersAndItsNetwork() {
    // Given
    var pod = node.container(container).sandbox();
    node.runtime.uses(pod, Usages.pod(node.instant(), 7));

    // When
    var pods = node.stats.pods(node.call, node.sandboxes.list()).result();

    // Then
    assertThat(pods).hasSize(1);
    assertThat(pods.getFirst().usage()).contains(Usages.pod(node.instant(), 7));
    assertThat(pods.getFirst().containers())
        .extracting(it -> it.container().id())
        .containsExactly(container);
  }

  @Test
  void aPodThatIsStoppedHasNoNumbers() {
    // Given
    var pod = node.container(container).sandbox();
    node.sandboxes.stop(node.call, pod);

    // Then
    assertThat(node.stats.pods(node.call, node.sandboxes.list()).result()).isEmpty();
    assertThat(node.stats.pod(node.call, node.sandbox(pod)).result().usage()).isEmpty();
  }

  @Test
  void aWritableLayerIsMeasuredBehindTheAnswer() throws IOException {
    // Given
    var layer = Files.createDirectories(node.containers.writable(node.container(container)));
    Files.write(layer.resolve("file"), new byte[100_000]);

    // When
    var first = numbers().written().orElseThrow();
    var second = measured(100_000);

    // Then
    assertThat(first.bytes()).isZero();
    assertThat(first.at()).isEqualTo(node.container(container).createdAt());
    assertThat(second.inodes()).isEqualTo(2);
    assertThat(second.at()).isEqualTo(node.instant());
  }

  @Test
  void aWritableLayerIsNotMeasuredWithEveryQuestion() throws IOException {
    // Given
    var layer = Files.createDirectories(node.containers.writable(node.container(container)));
    Files.write(layer.resolve("file"), new byte[100_000]);
    var before = measured(100_000);

    // When
    Files.write(layer.resolve("more"), new byte[200_000]);
    numbers();
    var soon = numbers().written();
    node.later(WHILE);

    // Then
    assertThat(soon).contains(before);
    assertThat(measured(300_000).inodes()).isEqualTo(3);
  }

  @Test
  void everyFamilyHasASampleOfItsLabels() {
    // Given
    var pod = node.container(container).sandbox();
    uses(1_000_000_000L);
    node.runtime.uses(pod, Usages.pod(node.instant(), 7));

    // When
    var samples = samples();

    // Then
    var told = new TreeSet<Family>();
    samples.forEach(sample -> told.add(sample.family()));
    var expected = new TreeSet<>(Arrays.asList(Family.values()));
    expected.remove(Family.CONTAINER_SPEC_CPU_QUOTA); // this container has none
    assertThat(told).isEqualTo(expected);
    assertThat(samples)
        .allSatisfy(sample -> assertThat(sample.labels()).hasSameSizeAs(sample.family().labels()));
  }

  @Test
  void samplesSayWhoseTheyAre() {
    // Given
    uses(3_500_000_000L);

    // When
    var cpu =
        samples().stream()
            .filter(it -> it.family() == Family.CONTAINER_CPU_USAGE_SECONDS_TOTAL)
            .findFirst()
            .orElseThrow();

    // Then
    assertThat(cpu.value()).isEqualTo(3);
    assertThat(cpu.family().labels())
        .containsExactly("pod", "namespace", "container", "id", "image", "cpu");
    assertThat(cpu.labels())
        .containsExactly(
            "web", "default", "app", container.value(), "registry.test/busybox:1", "total");
  }

  @Test
  void aPeakThatTheKernelDoesNotKeepIsTheMostThatWasSeen() {
    // Given
    node.runtime.uses(container, Usages.everything(node.instant(), 0));
    samples();

    // When
    node.runtime.uses(container, ContainerUsage.none(node.instant()));

    // Then
    assertThat(samples())
        .filteredOn(it -> it.family() == Family.CONTAINER_MEMORY_MAX_USAGE_BYTES)
        .extracting(Sample::value)
        .containsExactly(1000L);
  }

  @Test
  void thereAreAsManyFamiliesAsTheConformanceSuiteExpects() {
    assertThat(Family.values()).hasSize(56);
    assertThat(Arrays.stream(Family.values()).map(Family::id))
        .isSorted()
        .contains("container_blkio_device_usage_total", "container_ulimits_soft");
  }

  private void uses(long cpuNanos) {
    node.runtime.uses(container, Usages.everything(node.instant(), cpuNanos));
  }

  private ContainerNumbers numbers() {
    return node.stats.container(node.call, node.container(container)).result();
  }

  private List<Sample> samples() {
    var all = new ArrayList<Sample>();
    for (var pod : node.stats.metrics(node.call, node.sandboxes.list()).result()) {
      all.addAll(pod.own());
      pod.containers().values().forEach(all::addAll);
    }
    return all;
  }

  /** Asks until so many bytes were found. */
  private WrittenFiles measured(long bytesMin) {
    var patience = System.nanoTime() + WHILE.toNanos();
    var written = numbers().written().orElseThrow();
    while (written.bytes() < bytesMin) {
      assertThat(System.nanoTime()).as("patience").isLessThan(patience);
      node.vertx.timer(5).toCompletionStage().toCompletableFuture().join();
      written = numbers().written().orElseThrow();
    }
    return written;
  }
}
