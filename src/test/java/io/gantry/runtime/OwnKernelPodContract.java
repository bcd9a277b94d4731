package io.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.oci.RuntimeSpec.Memory;
import io.gantry.oci.RuntimeSpec.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The contract as a driver keeps it whose pods have a kernel of their own. What is asked of others
 * by looking at the host is asked from inside here, and what is different with gVisor is said where
 * it is tested.
 */
public abstract class OwnKernelPodContract extends PodRuntimeContract {
  private static final long LIMIT = 64 << 20;

  /** The kernel comes with the pod: no container without it. */
  @Override
  protected void openIfNeeded() {
    if (opened.isEmpty()) {
      on(() -> runtime.open(call(), pod(false)));
    }
  }

  /** What the pod's kernel is made of stays until the pod is closed. */
  @Override
  protected List<String> left() {
    return super.left().stream()
        .filter(it -> !it.contains(pod.value()) && !it.endsWith("/null-netns"))
        .toList();
  }

  /** gVisor keeps a container's own files in one of its own, where the overlay's writes go. */
  @Override
  protected boolean hasWritten(ContainerSpec container, String file) {
    return !super.hasWritten(container, file)
        && listing(container.rootfs().upper()).stream()
            .anyMatch(name -> name.startsWith(".gvisor.filestore."));
  }

  /** Nothing looks for the program before it is to run. */
  @Override
  @Test
  void failedCreateLeavesNothingAndSaysWhy() {
    // Given
    var container = container("/no/such/program");

    // When
    on(() -> runtime.create(call(), container));
    var fault = faultOf(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(fault).hasMessageContaining("/no/such/program");
    on(() -> runtime.delete(call(), container.id()));
    assertThat(left()).isEmpty();
    assertThat(faultOf(() -> runtime.exit(container.id())).kind()).isEqualTo(Kind.NOT_FOUND);
  }

  /** A container's limit of memory is not kept: the pod's is. */
  @Override
  @Test
  void lackOfMemoryIsTold() {
    // Given
    var container =
        container(
            spec -> Specs.limitedTo(16 << 20, spec),
            "/bin/sh",
            "-c",
            "head -c 64000000 /dev/zero | tail -c 48000000 >/dev/null; echo done; sleep 600");

    // When
    run(container);
    awaitLog(container, "done");
    on(() -> runtime.signal(call(), container.id(), 9, Reach.ALL));
    var end = on(() -> runtime.exit(container.id()));

    // Then
    assertThat(end.code()).isEqualTo(137);
    assertThat(end.oomKilled()).isFalse();
  }

  /** There is no such lack: a child is killed for another reason. */
  @Override
  @Test
  void lackOfMemoryThatOnlyAChildDiedOfIsNot() {
    // Given
    var container =
        container(
            spec -> Specs.limitedTo(16 << 20, spec),
            "/bin/sh",
            "-c",
            "sleep 600 & kill -9 $!; wait $!; echo $?; exit 0");

    // When
    run(container);
    var end = on(() -> runtime.exit(container.id()));

    // Then
    awaitLog(container, "137");
    assertThat(end.code()).isZero();
    assertThat(end.oomKilled()).isFalse();
  }

  /** The pod's limit is that of its group, in which its kernel is: all of it ends, and for that. */
  @Test
  void lackOfMemoryInThePodEndsItsContainersAndIsTold() {
    // Given
    var idle = sleeping();
    var greedy = container("/bin/sh", "-c", "exec tail /dev/zero");
    on(() -> host.cgroups().set(group, memoryLimit()));

    // When
    run(greedy);

    // Then
    var end = on(() -> runtime.exit(greedy.id()));
    assertThat(end.code()).isNotZero();
    assertThat(end.oomKilled()).isTrue();
    assertThat(on(() -> runtime.exit(idle.id())).oomKilled()).isTrue();
  }

  private static Map<String, String> memoryLimit() {
    return Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"))
        ? Map.of("memory.max", String.valueOf(2 * LIMIT))
        : Map.of("memory.limit_in_bytes", String.valueOf(2 * LIMIT));
  }

  /** A command's first process and its group are killed; what has a session of its own stays. */
  @Override
  @Test
  void execPastItsTimeoutIsKilledWithAllItStarted() {
    // Given
    var container = sleeping();
    var since = System.nanoTime();

    // When
    var fault =
        faultOf(
            () ->
                runtime.exec(
                    call(),
                    container.id(),
                    new ExecSpec(
                        List.of("/bin/sh", "-c", "sleep 601 & (setsid sleep 602 &); sleep 603"),
                        Optional.of(Duration.ofSeconds(1)),
                        1000)));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(4));
    awaitTrue(() -> !commandLines(container).contains("/bin/sh -c sleep"));
    awaitTrue(() -> commandLines(container).contains("sleep 601") == childrenOfACommandStay());
    assertThat(commandLines(container)).contains("sleep 602");
  }

  /** Seen from inside, since the host does not see it. */
  @Override
  @Test
  void execWhoseCallerLeavesIsKilled() {
    // Given
    var container = sleeping();
    var call = call();
    var exec = onContext(() -> runtime.exec(call, container.id(), command("/bin/sleep", "604")));
    awaitTrue(() -> commandLines(container).contains("sleep 604"));

    // When
    call.cancel("gone");

    // Then
    assertThat(faultOf(() -> exec).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    awaitTrue(() -> !commandLines(container).contains("sleep 604"));
  }

  /** Seen from inside as well. */
  @Override
  @Test
  void restartEndsExecsThatWereLeft() {
    // Given
    var container = sleeping();
    var exec = onContext(() -> runtime.exec(call(), container.id(), command("/bin/sleep", "605")));
    awaitTrue(() -> commandLines(container).contains("sleep 605"));

    // When
    var found = restart();

    // Then
    assertThat(found.get(container.id())).isInstanceOf(Recovered.Running.class);
    awaitTrue(() -> !commandLines(container).contains("sleep 605"));
    assertThat(await(exec).exitCode()).isEqualTo(137);
  }

  /** The namespace is one of the pod's kernel, of which the host has no file. */
  @Override
  @Test
  void containersOfAPodShareItsPidNamespace() throws IOException {
    // Given
    var holder = on(() -> runtime.open(call(), pod(true))).process().orElseThrow();
    var namespace = Path.of("/proc/" + holder.pid() + "/ns/pid");

    // When
    var container = sharing(namespace, "/bin/sleep", "606");
    run(container);

    // Then
    assertThat(commandLines(container)).contains("catatonit").contains("sleep 606");
  }

  /** The kernel tells processor, memory and processes of a container; no faults and no limit. */
  @Override
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
    assertThat(usage.cpu().nanos()).isPositive();
    assertThat(usage.memory().workingSet()).isBetween(1L, usage.memory().usage());
    assertThat(usage.tasks().current()).isPositive();
    assertThat(usage.memory().faults().all()).isZero();
    assertThat(usage.memory().limit()).isEmpty();
  }

  /** The threads of the kernel itself are what the host counts. */
  @Override
  @Test
  void usageOfAPodIsThatOfItsContainers() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    sleeping();
    sleeping();

    // When
    var usage = on(() -> runtime.podStats(call(), pod));

    // Then
    assertThat(usage.all().orElseThrow().tasks().current()).isGreaterThan(2);
    assertThat(usage.all().orElseThrow().memory().usage()).isPositive();
  }

  /** They are none of the host's, and what they hold nobody tells. */
  @Override
  @Test
  void processesAndWhatTheyHoldAreCounted() {
    // Given
    var container = container("/bin/sh", "-c", "sleep 600 & echo ready; exec sleep 600");
    run(container);
    awaitLog(container, "ready");

    // Then
    assertThat(on(() -> runtime.processes(call(), container.id())).processes()).isZero();
    assertThat(on(() -> runtime.stats(call(), container.id())).tasks().current()).isEqualTo(2);
  }

  /** They are taken, and kept by nobody: the pod's are those that count. */
  @Override
  @Test
  void limitsOfARunningContainerAreChanged() {
    // Given
    var container = container(spec -> Specs.limitedTo(LIMIT, spec), "/bin/sleep", "600");
    run(container);

    // When
    on(() -> runtime.update(call(), container.id(), twice()));

    // Then
    assertThat(on(() -> runtime.stats(call(), container.id())).memory().limit()).isEmpty();
  }

  /** The same. */
  @Override
  @Test
  void limitsOfACreatedContainerAreChanged() {
    // Given
    var container = container(spec -> Specs.limitedTo(LIMIT, spec), "/bin/sleep", "600");
    on(() -> runtime.create(call(), container));

    // When
    on(() -> runtime.update(call(), container.id(), twice()));
    on(() -> runtime.start(call(), container.id()));

    // Then
    assertThat(on(() -> runtime.stats(call(), container.id())).memory().limit()).isEmpty();
  }

  private static Resources twice() {
    var memory = new Memory(2 * LIMIT, 2 * LIMIT);
    return new Resources(List.of(), memory, null, null, List.of(), Map.of());
  }

  private String commandLines(ContainerSpec container) {
    var command =
        command(
            "/bin/sh",
            "-c",
            "for p in /proc/[0-9]*; do /bin/busybox tr '\\0' ' ' <$p/cmdline; echo; done");
    return on(() -> runtime.exec(call(), container.id(), command)).stdout().toString();
  }
}
