package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.CriFault;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.Device;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.ReopenContainerLogRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.Signal;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** The life of containers, in pods with a process of their own and in pods without one. */
@Tag("root")
@Tag("slow")
@ParameterizedClass
@CsvSource({"crun, CONTAINER", "crun, POD", "runc, CONTAINER", "runc, POD"})
@TestInstance(Lifecycle.PER_CLASS)
class LifecycleIT {
  private static final long MIB = 1024 * 1024;

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;

  @Parameter(0)
  private String handler;

  @Parameter(1)
  private NamespaceMode pid;

  private Pod pod;

  @BeforeAll
  static void open() throws Exception {
    // One whose kill and delete never end.
    var hung = Files.createDirectories(folder).resolve("hung");
    Files.writeString(
        hung,
        """
        #!/bin/sh
        for word in "$@"; do
          case $word in kill|delete) exec sleep 1000 ;; esac
        done
        exec crun "$@"
        """);
    Files.setPosixFilePermissions(hung, PosixFilePermissions.fromString("rwxr-xr-x"));
    node =
        Node.in(
            folder,
            "handlers: {default: crun, crun: {binary: crun}, runc: {binary: runc}, hung: {binary: %s}}\n"
                .formatted(hung));
  }

  @AfterAll
  static void close() throws Exception {
    node.close();
  }

  @BeforeEach
  void run() throws Exception {
    pod = node.pod(handler, pid);
  }

  @AfterEach
  void remove() throws Exception {
    node.remove(pod);
    assertThat(node.left()).isEmpty();
  }

  @Test
  void aContainerIsStartedEnteredAndStoppedByItsSignal() throws Exception {
    // Given
    var app =
        node.run(
            pod,
            Node.shell(
                    "app",
                    pod,
                    "trap 'echo ended; exit 7' 37; echo begun; while :; do sleep 0.1; done")
                .setStopSignal(Signal.SIGNAL_SIGRTMINPLUS3));
    assertThat(Waiting.until(Duration.ofSeconds(20), () -> lines("app").contains("begun")))
        .isTrue();

    // When
    var first = node.output(app, "cat /proc/1/cmdline");
    node.await(node.cri.stop(app, Duration.ofSeconds(20)));

    // Then
    assertThat(first).contains(pid == NamespaceMode.POD ? "catatonit" : "begun");
    var status = node.status(app);
    assertThat(status.getExitCode()).isEqualTo(7);
    assertThat(status.getReason()).isEqualTo("Error");
    assertThat(status.getStopSignal()).isEqualTo(Signal.SIGNAL_SIGRTMINPLUS3);
    assertThat(status.getFinishedAt()).isGreaterThan(status.getStartedAt());
    assertThat(lines("app")).containsExactly("begun", "ended");
  }

  @Test
  void aProgramThatCannotBeRunIsAStartErrorOrNoContainer() throws Exception {
    // Given
    var config = Node.idle("app", pod).clearCommand().addCommand("/absent");
    String app;
    try {
      app = node.create(pod, config);
    } catch (CriFault refused) { // by crun, which looks before it creates
      assertThat(refused.getMessage()).contains("/absent");
      return;
    }

    // When
    try {
      node.await(node.cri.start(app));
    } catch (CriFault refused) {
      assertThat(refused.getMessage()).contains("/absent");
    }

    // Then
    var status = node.ended(app);
    assertThat(status.getReason()).isEqualTo("StartError");
    assertThat(status.getExitCode()).isEqualTo(128);
    assertThat(status.getMessage()).contains("/absent");
  }

  @Test
  void aDaemonThatComesBackKnowsWhatRunsAndWhatEndedMeanwhile() throws Exception {
    // Given
    var stays = node.run(pod, Node.idle("stays", pod));
    var ends =
        node.run(
            pod,
            Node.shell("ends", pod, "while [ ! -e /go ]; do sleep 0.1; done; echo last; exit 3"));
    var before = node.output(stays, "cat /proc/self/stat");
    node.exec(ends, "echo > /go; sleep 0.05");

    // When
    node.restart();

    // Then
    assertThat(before).isNotEmpty();
    assertThat(node.ended(ends).getExitCode()).isEqualTo(3);
    assertThat(lines("ends")).containsExactly("last");
    assertThat(node.output(stays, "echo here")).isEqualTo("here\n");
    node.await(node.cri.stop(stays, Duration.ofSeconds(20)));
    assertThat(node.status(stays).getExitCode()).isZero();
    assertThat(node.status(stays).getReason()).isEqualTo("Completed");
  }

  @Test
  void lackOfMemoryIsTheReasonOfTheEnd() throws Exception {
    // Given
    var hungry = Node.shell("hungry", pod, "/bin/busybox tail /dev/zero");
    hungry
        .getLinuxBuilder()
        .setResources(
            LinuxContainerResources.newBuilder()
                .setMemoryLimitInBytes(32 * MIB)
                .setMemorySwapLimitInBytes(32 * MIB));

    // When
    var app = node.run(pod, hungry);

    // Then
    var status = node.ended(app);
    assertThat(status.getExitCode()).isEqualTo(137);
    assertThat(status.getReason()).isEqualTo("OOMKilled");
  }

  /**
   * On cgroup v2 a group counts for those below it, and a container has only its own to look at.
   */
  @Test
  @EnabledIf("onCgroupV1")
  void lackOfMemoryInAGroupBelowIsTheReasonToo() throws Exception {
    // Given
    var privileged = node.privilegedPod(handler, pid);
    var script =
        "g=/sys/fs/cgroup/memory/below; mkdir $g && echo 16777216 > $g/memory.limit_in_bytes"
            + " && echo $$ > $g/cgroup.procs && exec /bin/busybox tail /dev/zero";
    var hungry = Node.shell("hungry", privileged, script);
    hungry.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);

    // When
    var app = node.run(privileged, hungry);

    // Then
    var status = node.ended(app);
    assertThat(status.getExitCode()).isEqualTo(137);
    assertThat(status.getReason()).isEqualTo("OOMKilled");
    node.remove(privileged);
  }

  static boolean onCgroupV1() {
    return Files.isDirectory(Path.of("/sys/fs/cgroup/memory"));
  }

  @Test
  void allDevicesOfADirectoryAreThere() throws Exception {
    // Given
    var devices = Files.createDirectories(folder.resolve("devices-" + handler + pid + "/in"));
    var made =
        new ProcessBuilder("mknod", devices.resolve("null").toString(), "c", "1", "3").start();
    assertThat(made.waitFor()).isZero();

    // When
    var app =
        node.run(
            pod,
            Node.idle("app", pod)
                .addDevices(
                    Device.newBuilder()
                        .setHostPath(String.valueOf(devices.getParent()))
                        .setContainerPath("/dev/mine")
                        .setPermissions("rw")));

    // Then
    assertThat(
            node.exec(app, "echo x > /dev/mine/in/null && [ -c /dev/mine/in/null ]").getExitCode())
        .isZero();
  }

  @Test
  void noLineIsLostAtTheEnd() throws Exception {
    for (var i = 0; i < 5; i++) {
      // When
      var name = "quick" + i;
      var app =
          node.run(
              pod,
              Node.shell(
                  name,
                  pod,
                  "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; printf end"));

      // Then
      assertThat(node.ended(app).getExitCode()).isZero();
      assertThat(lines(name)).hasSize(501).endsWith("line 499", "end");
    }
  }

  @Test
  void noLineIsLostWhileTheLogIsRotated() throws Exception {
    // Given
    var app =
        node.run(
            pod,
            Node.shell("app", pod, "i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done"));
    var log = node.log(pod, "app");
    var all = new ArrayList<String>();

    // When
    for (var i = 0; i < 10; i++) {
      var old = log.resolveSibling("app.log." + i);
      Files.move(log, old);
      try {
        node.await(
            node.cri.call(
                RuntimeServiceGrpcClient.ReopenContainerLog,
                ReopenContainerLogRequest.newBuilder().setContainerId(app).build()));
      } catch (CriFault over) { // it has ended: nothing is written any more
        all.addAll(raw(old));
        break;
      }
      all.addAll(raw(old));
    }
    node.ended(app);

    // Then
    if (Files.exists(log)) {
      all.addAll(raw(log));
    }
    assertThat(whole(all)).isEqualTo(IntStream.range(0, 20000).mapToObj(String::valueOf).toList());
  }

  @Test
  void anExecThatIsLateIsKilledWithAllThatItStarted() throws Exception {
    // Given
    var app = node.run(pod, Node.idle("app", pod));
    var script = "/bin/busybox setsid sleep 777 & (sleep 778 &) ; exec sleep 779";

    // When
    CriFault fault = null;
    try {
      node.await(node.cri.exec(app, Duration.ofSeconds(1), List.of("/bin/sh", "-c", script)));
    } catch (CriFault late) {
      fault = late;
    }

    // Then
    assertThat(fault).hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(node.output(app, "ps")).doesNotContain("sleep 77");
  }

  @Test
  void aChildThatHoldsTheOutputHoldsNobodyUp() throws Exception {
    // Given
    var app = node.run(pod, Node.idle("app", pod));

    // When
    var output = node.output(app, "sleep 5 & echo said");

    // Then
    assertThat(output).isEqualTo("said\n");
  }

  @Test
  void aContainerCanHaveThePidsOfTheHostOrOfAnother() throws Exception {
    // Given
    var target = node.run(pod, Node.shell("target", pod, "while :; do sleep 1234; done"));
    var sharing = Node.idle("sharing", pod);
    sharing
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setNamespaceOptions(
            NamespaceOption.newBuilder().setPid(NamespaceMode.TARGET).setTargetId(target));
    var hosts = Node.idle("hosts", pod);
    hosts
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setNamespaceOptions(NamespaceOption.newBuilder().setPid(NamespaceMode.NODE));

    // When
    var inTarget = node.run(pod, sharing);
    var inHost = node.run(pod, hosts);

    // Then
    assertThat(node.output(inTarget, "ps")).contains("sleep 1234");
    assertThat(node.output(inHost, "ps")).contains("docker-registry").contains("sleep 1234");
    node.await(node.cri.stop(inHost, Duration.ofSeconds(5)));
    node.await(node.cri.stop(inTarget, Duration.ofSeconds(5)));
    assertThat(node.output(target, "echo lives")).isEqualTo("lives\n");
  }

  @Test
  void aRuntimeThatHangsHoldsUpNeitherStopNorRemoval() throws Exception {
    // Given
    var other = node.pod("hung", pid);
    var app = node.run(other, Node.shell("app", other, "trap '' TERM; while :; do sleep 1; done"));
    var begun = System.nanoTime();

    // When
    node.await(node.cri.stop(app, Duration.ofSeconds(1)));
    var stopped = Duration.ofNanos(System.nanoTime() - begun);

    // Then
    assertThat(node.status(app).getExitCode()).isEqualTo(137);
    assertThat(stopped).isLessThan(Duration.ofSeconds(15));
    node.await(node.cri.remove(app));
    node.remove(other);
  }

  private List<String> lines(String container) {
    return whole(raw(node.log(pod, container)));
  }

  private static List<String> raw(Path log) {
    try {
      return Files.readAllLines(log);
    } catch (java.io.IOException notYet) {
      return List.of();
    }
  }

  /** Lines that are told in parts, tag P, are put together. */
  private static List<String> whole(List<String> raw) {
    var all = new ArrayList<String>();
    var begun = new StringBuilder();
    for (var line : raw) {
      var fields = line.split(" ", 4);
      begun.append(fields[3]);
      if (fields[2].equals("F")) {
        all.add(begun.toString());
        begun.setLength(0);
      }
    }
    if (!begun.isEmpty()) {
      all.add(begun.toString());
    }
    return all;
  }
}
