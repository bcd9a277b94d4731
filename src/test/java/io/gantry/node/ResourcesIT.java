package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.gantry.client.CriFault;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.HugepageLimit;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.PodSandboxStatusRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.UpdateContainerResourcesRequest;
import io.gantry.cri.proto.UpdatePodSandboxResourcesRequest;
import io.gantry.image.unpack.TarBytes;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pods and containers may use, by the files of their groups. */
@Tag("root")
@TestInstance(Lifecycle.PER_CLASS)
class ResourcesIT {
  private static final long MIB = 1024 * 1024;

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;

  @BeforeAll
  static void open() throws Exception {
    node =
        Node.in(
            folder,
            """
            handlers: {default: crun, crun: {}, runc: {}}
            containers: {rlimits: [nofile=1000:2000, core=0]}
            cri: {socket: %s/run/gantry.sock, exec-output-mib: 1}
            """
                .formatted(folder));
  }

  @AfterAll
  static void close() throws Exception {
    assertThat(node.left()).isEmpty();
    node.close();
  }

  static boolean onCgroupV1() {
    return Files.isDirectory(Path.of("/sys/fs/cgroup/memory"));
  }

  @Test
  @EnabledIf("onCgroupV1")
  void limitsOfAPodHoldAndAreKnownAfterARestart() throws Exception {
    // Given
    var pod = node.pod("", NamespaceMode.POD);
    var app = node.run(pod, Node.idle("app", pod));

    // When
    node.await(
        node.cri.call(
            RuntimeServiceGrpcClient.UpdatePodSandboxResources,
            UpdatePodSandboxResourcesRequest.newBuilder()
                .setPodSandboxId(pod.id())
                .setOverhead(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(16 * MIB))
                .setResources(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(64 * MIB)
                        .setCpuPeriod(100_000)
                        .setCpuQuota(50_000)
                        .setCpuShares(512))
                .build()));
    node.restart();

    // Then
    assertThat(group(pod, "memory", "memory.limit_in_bytes")).isEqualTo("" + 80 * MIB);
    assertThat(group(pod, "cpu", "cpu.cfs_quota_us")).isEqualTo("50000");
    assertThat(group(pod, "cpu", "cpu.shares")).isEqualTo("512");
    var linux = info(pod).getJsonObject("config").getJsonObject("linux");
    assertThat(linux.getJsonObject("overhead").getLong("memory_limit_in_bytes"))
        .isEqualTo(16 * MIB);
    assertThat(linux.getJsonObject("resources").getLong("cpu_quota")).isEqualTo(50_000);
    assertThat(node.output(app, "echo here")).isEqualTo("here\n");
    node.remove(pod);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void processesHaveTheLimitsOfTheConfiguration(String handler) throws Exception {
    // Given
    var pod = node.pod(handler, NamespaceMode.CONTAINER);
    var app = node.run(pod, Node.idle("app", pod));

    // When
    var limits = node.output(app, "cat /proc/1/limits /proc/self/limits");

    // Then
    if (handler.equals("crun")) { // Go's runtime sets this one itself, now and then after runc has
      assertThat(limits.lines().filter(line -> line.matches("Max open files +1000 +2000 .*")))
          .hasSize(2);
    }
    assertThat(limits.lines().filter(line -> line.matches("Max core file size +0 +0 .*")))
        .hasSize(2);
    node.remove(pod);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  @EnabledIf("onCgroupV1")
  void limitsHoldAndMayChangeBeforeTheStart(String handler) throws Exception {
    // Given
    var pod = node.pod(handler, NamespaceMode.CONTAINER);
    var config = Node.idle("app", pod);
    config
        .getLinuxBuilder()
        .setResources(
            LinuxContainerResources.newBuilder()
                .setMemoryLimitInBytes(32 * MIB)
                .setMemorySwapLimitInBytes(48 * MIB)
                .setCpuShares(256)
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB")));
    var app = node.create(pod, config);

    // When
    update(
        app,
        LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 * MIB).setCpuQuota(20_000));
    var before = member(pod, app, "memory", "memory.limit_in_bytes");
    node.await(node.cri.start(app));
    update(app, LinuxContainerResources.newBuilder().setCpusetCpus("0"));

    // Then
    assertThat(before).isEqualTo("" + 64 * MIB);
    assertThat(member(pod, app, "memory", "memory.memsw.limit_in_bytes")).isEqualTo("" + 80 * MIB);
    assertThat(member(pod, app, "cpu", "cpu.shares")).isEqualTo("256");
    assertThat(member(pod, app, "cpu", "cpu.cfs_quota_us")).isEqualTo("20000");
    assertThat(member(pod, app, "cpuset", "cpuset.cpus")).isEqualTo("0");
    var status = node.status(app).getResources().getLinux();
    assertThat(status.getMemoryLimitInBytes()).isEqualTo(64 * MIB);
    assertThat(status.getMemorySwapLimitInBytes()).isEqualTo(80 * MIB);
    assertThat(status.getCpusetCpus()).isEqualTo("0");
    node.remove(pod);
  }

  @Test
  @EnabledIf("onCgroupV1")
  void limitsThatNothingWouldHoldAContainerToAreRefused() throws Exception {
    // Given
    var pod = node.pod("", NamespaceMode.CONTAINER);

    // Then
    refused(
        pod,
        LinuxContainerResources.newBuilder().putUnified("pids.max", "10"),
        "unified: [pids.max] (expected: none on a host with cgroup v1)");
    refused(
        pod,
        LinuxContainerResources.newBuilder().setMemorySwapLimitInBytes(MIB),
        "memory swap limit: 1048576 (expected: with a memory limit");
    if (!Files.isDirectory(Path.of("/sys/fs/cgroup/hugetlb"))) {
      refused(
          pod,
          LinuxContainerResources.newBuilder()
              .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4 * MIB)),
          "hugepage limit: 2MB (expected: none on a host without the cgroup controller hugetlb)");
    }
    node.remove(pod);
  }

  private static void refused(Pod pod, LinuxContainerResources.Builder resources, String said) {
    var config = Node.idle("app", pod);
    config.getLinuxBuilder().setResources(resources);
    assertThatThrownBy(() -> node.create(pod, config)).hasMessageContaining(said);
  }

  private static void update(String container, LinuxContainerResources.Builder resources)
      throws Exception {
    node.await(
        node.cri.call(
            RuntimeServiceGrpcClient.UpdateContainerResources,
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(container)
                .setLinux(resources)
                .build()));
  }

  @Test
  void outputThatFindsNoRoomIsCutAndItsCommandGoesOn() throws Exception {
    // Given
    var pod = node.pod("", NamespaceMode.CONTAINER);
    var app = node.run(pod, Node.idle("app", pod));

    for (var i = 0; i < 3; i++) {
      // When
      var answer = node.exec(app, "/bin/busybox head -c 8388608 /dev/zero; exit 7");

      // Then
      assertThat(answer.getExitCode()).isEqualTo(7);
      assertThat(answer.getStdout().size()).isEqualTo((int) MIB + (128 << 10));
    }
    node.remove(pod);
  }

  @ParameterizedTest
  @CsvSource({
    "crun, /etc, ''",
    "runc, /etc, ''",
    "crun, /text, ''",
    "runc, /text, ''",
    "crun, /absent, ''",
    "runc, /absent, ''",
    "crun, absent, ''",
    "runc, absent, ''",
    "crun, /bin/sh, /text",
    "runc, /bin/sh, /text"
  })
  void whatCannotBeRunIsAStartErrorAlsoAfterARestart(
      String handler, String command, String directory) throws Exception {
    // Given
    var image =
        node.image(
            "text",
            new JsonObject(),
            new TarBytes().entry('0', "text").mode(0644).holding("no program").add().end());
    var pod = node.pod(handler, NamespaceMode.CONTAINER);
    var config =
        Node.idle("app", pod)
            .setImage(ImageSpec.newBuilder().setImage(image))
            .clearCommand()
            .addCommand(command)
            .setWorkingDir(directory);
    var wrong = directory.isEmpty() ? command : directory;
    var app = node.create(pod, config);
    if (command.equals("absent")) {
      node.restart();
    }

    // When
    var created = node.status(app).getState();
    assertThatThrownBy(() -> node.await(node.cri.start(app)))
        .isInstanceOf(CriFault.class)
        .hasMessageContaining("FAILED_PRECONDITION")
        .hasMessageContaining(wrong);

    // Then
    var status = node.status(app);
    assertThat(created).isEqualTo(ContainerState.CONTAINER_CREATED);
    assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(status.getReason()).isEqualTo("StartError");
    assertThat(status.getExitCode()).isEqualTo(128);
    assertThat(status.getMessage()).contains(wrong);
    assertThat(status.getStartedAt()).isZero();
    assertThat(status.getFinishedAt()).isPositive();
    node.remove(pod);
  }

  @Test
  void aUserThatTheImageDoesNotHaveIsSaidBeforeThereIsAContainer() throws Exception {
    // Given
    var image =
        node.image(
            "users",
            new JsonObject().put("User", "nobody-here"),
            new TarBytes().file("etc/passwd", "root:x:0:0:::\n").add().end());
    var pod = node.pod("", NamespaceMode.CONTAINER);
    var ofImage = Node.idle("of-image", pod).setImage(ImageSpec.newBuilder().setImage(image));
    var asked = Node.idle("asked", pod);
    asked.getLinuxBuilder().getSecurityContextBuilder().setRunAsUsername("somebody");

    // Then
    assertThatThrownBy(() -> node.create(pod, ofImage))
        .isInstanceOf(CriFault.class)
        .hasMessageContaining("container of-image: image user: 'nobody-here' (expected: ");
    assertThatThrownBy(() -> node.create(pod, asked))
        .isInstanceOf(CriFault.class)
        .hasMessageContaining("container asked: run_as_username: 'somebody' (expected: ");
    node.remove(pod);
  }

  @Test
  void labelsThatTheHostHasNotAreRefusedByName() throws Exception {
    // Given
    assumeFalse(Files.exists(Path.of("/sys/fs/selinux/enforce")), "SELinux would label it");
    var pod = node.pod("", NamespaceMode.CONTAINER);
    var confined = Node.idle("confined", pod);
    confined.getLinuxBuilder().getSecurityContextBuilder().getSelinuxOptionsBuilder().setType("t");
    var free = Node.idle("free", pod);
    free.getLinuxBuilder().getSecurityContextBuilder().getSelinuxOptionsBuilder().setType("spc_t");

    // Then
    assertThatThrownBy(() -> node.create(pod, confined))
        .isInstanceOf(CriFault.class)
        .hasMessageContaining("FAILED_PRECONDITION")
        .hasMessageContaining(
            "container confined: selinux options: type 't', level '', but this host has no SELinux");
    assertThat(node.create(pod, free)).isNotEmpty();
    node.remove(pod);
  }

  @Test
  void rootOfAContainerIsAsTheTopmostLayerHasIt() throws Exception {
    // Given
    var image =
        node.image(
            "root",
            new JsonObject(),
            new TarBytes().entry('5', "./").mode(01775).owner(0, 50).at(1_000_000_000).add().end());
    var pod = node.pod("", NamespaceMode.CONTAINER);

    // When
    var app =
        node.run(
            pod,
            Node.shell("app", pod, "stat -c '%a %u %g' /; exec sleep 1000")
                .setImage(ImageSpec.newBuilder().setImage(image)));

    // Then
    assertThat(node.output(app, "stat -c '%a %u %g' /")).isEqualTo("1775 0 50\n");
    node.remove(pod);
  }

  @Test
  void aContainerThatCannotRunIsStoppedAndRemovedLikeAnyOther() throws Exception {
    // Given
    var pod = node.pod("", NamespaceMode.CONTAINER);
    var stopped = node.create(pod, Node.idle("stopped", pod).clearCommand().addCommand("absent"));
    var removed = node.create(pod, Node.idle("removed", pod).clearCommand().addCommand("absent"));
    var evicted = node.create(pod, Node.idle("evicted", pod).clearCommand().addCommand("absent"));

    // When
    update(stopped, LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 * MIB));
    node.await(node.cri.stop(stopped, Duration.ofSeconds(5)));
    node.await(node.cri.remove(removed));
    node.await(node.cri.stopPod(pod.id()));

    // Then
    assertThat(node.status(stopped).getReason()).isEqualTo("StartError");
    assertThat(node.status(evicted).getExitCode()).isEqualTo(128);
    assertThatThrownBy(() -> node.status(removed)).hasMessageContaining("NOT_FOUND");
    node.remove(pod);
  }

  @Test
  void verboseStatusOfAPodHasWhatScriptsLookFor() throws Exception {
    // Given
    var withProcess = node.pod("", NamespaceMode.POD);
    var without = node.pod("", NamespaceMode.CONTAINER);

    // When
    var info = info(withProcess);
    var plain = info(without);

    // Then
    assertThat(Path.of("/proc/" + info.getInteger("pid") + "/ns/net")).exists();
    assertThat(info.getString("processStatus")).isEqualTo("running");
    assertThat(plain.getInteger("pid")).isZero();
    assertThat(network(info)).exists();
    assertThat(network(plain)).exists();
    assertThat(plain.getJsonObject("config").getJsonObject("metadata").getString("namespace"))
        .isEqualTo("test");
    assertThat(plain.getJsonObject("cniResult").encode()).contains("10.233.");
    node.remove(withProcess);
    node.remove(without);
  }

  private static Path network(JsonObject info) {
    return info
        .getJsonObject("runtimeSpec")
        .getJsonObject("linux")
        .getJsonArray("namespaces")
        .stream()
        .map(JsonObject.class::cast)
        .filter(namespace -> namespace.getString("type").equals("network"))
        .map(namespace -> Path.of(namespace.getString("path")))
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject info(Pod pod) throws Exception {
    return new JsonObject(
        node.await(
                node.cri.call(
                    RuntimeServiceGrpcClient.PodSandboxStatus,
                    PodSandboxStatusRequest.newBuilder()
                        .setPodSandboxId(pod.id())
                        .setVerbose(true)
                        .build()))
            .getInfoOrThrow("info"));
  }

  private static String member(Pod pod, String container, String controller, String file)
      throws Exception {
    return Files.readString(
            Path.of("/sys/fs/cgroup", controller, "gantry-" + pod.id(), container, file))
        .strip();
  }

  private static String group(Pod pod, String controller, String file) throws Exception {
    return Files.readString(Path.of("/sys/fs/cgroup", controller, "gantry-" + pod.id(), file))
        .strip();
  }
}
