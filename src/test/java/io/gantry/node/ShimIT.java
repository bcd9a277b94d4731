package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods of a handler whose driver is containerd's own shim, beside one of the usual kind. */
@Tag("root")
@TestInstance(Lifecycle.PER_CLASS)
class ShimIT {
  private static final Path SHIM = Cache.path("peers").resolve("containerd-shim-runc-v2");

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private Optional<Node> opened = Optional.empty();

  @BeforeAll
  void open() throws Exception {
    assumeTrue(Files.exists(SHIM), "the shim has been built");
    opened =
        Optional.of(
            Node.in(
                folder,
                """
                handlers:
                  default: crun
                  crun: {binary: crun}
                  shim: {driver: shim, binary: %s, options: BinaryName=/usr/sbin/runc}
                  kata: {driver: shim, type: io.containerd.kata.v2}
                """
                    .formatted(SHIM)));
  }

  private Node node() {
    return opened.orElseThrow();
  }

  @AfterAll
  void close() throws Exception {
    if (opened.isPresent()) {
      assertThat(node().left()).isEmpty();
      node().close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = NamespaceMode.class,
      names = {"CONTAINER", "POD"})
  void containersOfAPodRunAndEndWithTheirCodesAndLogs(NamespaceMode pid) throws Exception {
    // Given
    var pod = node().pod("shim", pid);
    var idle = node().run(pod, Node.idle("idle", pod));

    // When
    var ending =
        node().run(pod, Node.shell("ending", pod, "seq 1 200000; echo $HOSTNAME >&2; exit 42"));
    var status = node().ended(ending);

    // Then
    assertThat(status.getExitCode()).isEqualTo(42);
    assertThat(status.getReason()).isEqualTo("Error");
    assertThat(said(pod, "ending", "stdout")).isEqualTo(numbers(200_000));
    assertThat(said(pod, "ending", "stderr")).isEqualTo(pod.config().getHostname() + "\n");
    var exec = node().exec(idle, "echo out; echo err >&2; exit 3");
    assertThat(exec.getExitCode()).isEqualTo(3);
    assertThat(exec.getStdout().toStringUtf8()).isEqualTo("out\n");
    assertThat(exec.getStderr().toStringUtf8()).isEqualTo("err\n");
    node().remove(pod);
  }

  @Test
  void aProgramThatIsNotThereIsAStartError() throws Exception {
    // Given
    var pod = node().pod("shim", NamespaceMode.CONTAINER);
    var app = node().create(pod, Node.idle("app", pod).clearCommand().addCommand("/absent"));

    // Then
    assertThatThrownBy(() -> node().await(node().cri.start(app))).hasMessageContaining("/absent");
    assertThat(node().status(app).getReason()).isEqualTo("StartError");
    assertThat(node().status(app).getExitCode()).isEqualTo(128);
    node().remove(pod);
  }

  @Test
  void podsGoOnWhileTheDaemonIsKilledAndStartedAgain() throws Exception {
    // Given
    var pod = node().pod("shim", NamespaceMode.CONTAINER);
    var beside = node().pod("crun", NamespaceMode.CONTAINER);
    var counting =
        node()
            .run(
                pod,
                Node.shell(
                    "counting",
                    pod,
                    "i=0; until [ -e /stop ]; do i=$((i+1)); echo $i; sleep 0.01; done; echo -1;"
                        + " exit 5"));
    var ending = node().run(pod, Node.shell("ending", pod, "sleep 0.5; echo bye; exit 6"));
    var idle = node().run(pod, Node.idle("idle", pod));
    var other = node().run(beside, Node.idle("other", beside));

    // When
    node().restart();
    node().restart();

    // Then
    assertThat(node().exec(counting, "touch /stop").getExitCode()).isZero();
    assertThat(node().ended(counting).getExitCode()).isEqualTo(5);
    assertThat(node().ended(ending).getExitCode()).isEqualTo(6);
    var counted = said(pod, "counting", "stdout").lines().map(Integer::valueOf).toList();
    assertThat(counted).last().isEqualTo(-1);
    assertThat(gaps(counted.subList(0, counted.size() - 1))).isLessThanOrEqualTo(2);
    assertThat(node().output(idle, "echo here")).isEqualTo("here\n");
    assertThat(node().output(other, "echo here")).isEqualTo("here\n");
    node().remove(pod);
    node().remove(beside);
  }

  @Test
  void aContainerIsStoppedWithItsGrace() throws Exception {
    // Given
    var pod = node().pod("shim", NamespaceMode.CONTAINER);
    var good = node().run(pod, Node.idle("good", pod));
    var stubborn =
        node().run(pod, Node.shell("stubborn", pod, "trap '' TERM; while :; do sleep 1; done"));

    // When
    node().await(node().cri.stop(good, Duration.ofSeconds(20)));
    node().await(node().cri.stop(stubborn, Duration.ofSeconds(1)));

    // Then
    assertThat(node().status(good).getExitCode()).isZero();
    assertThat(node().status(stubborn).getExitCode()).isEqualTo(137);
    node().remove(pod);
  }

  @Test
  void aHandlerWithoutItsShimIsRefusedWithTheReason() {
    assertThatThrownBy(() -> node().pod("kata", NamespaceMode.CONTAINER))
        .hasMessageContaining("containerd-shim-kata-v2");
  }

  /** A daemon that is killed may lose what it has read and not yet written: one read at most. */
  private static long gaps(List<Integer> numbers) {
    assertThat(numbers).isSorted().doesNotHaveDuplicates().first().isEqualTo(1);
    return IntStream.range(1, numbers.size())
        .filter(at -> numbers.get(at) != numbers.get(at - 1) + 1)
        .count();
  }

  private static String numbers(int last) {
    var all = new StringBuilder();
    for (var number = 1; number <= last; number++) {
      all.append(number).append('\n');
    }
    return all.toString();
  }

  /** What a log holds of one stream, its parts put together. */
  private String said(Pod pod, String container, String stream) throws IOException {
    var all = new StringBuilder();
    for (var line : lines(pod, container)) {
      var parts = line.split(" ", 4);
      if (parts[1].equals(stream)) {
        all.append(parts[3]).append(parts[2].equals("F") ? "\n" : "");
      }
    }
    return all.toString();
  }

  private List<String> lines(Pod pod, String container) throws IOException {
    return new ArrayList<>(Files.readAllLines(node().log(pod, container)));
  }
}
