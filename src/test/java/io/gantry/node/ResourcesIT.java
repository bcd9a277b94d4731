package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.PodSandboxStatusRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.UpdatePodSandboxResourcesRequest;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

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
    node = Node.in(folder, "");
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

  private static String group(Pod pod, String controller, String file) throws Exception {
    return Files.readString(Path.of("/sys/fs/cgroup", controller, "gantry-" + pod.id(), file))
        .strip();
  }
}
