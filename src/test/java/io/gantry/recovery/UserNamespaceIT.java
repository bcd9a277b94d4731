package io.gantry.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Cache;
import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.IDMapping;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.Mount;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.PodSandboxStatsRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.StatusRequest;
import io.gantry.cri.proto.UserNamespace;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pods with users of their own, from the socket to their files, through a kill of the daemon. The
 * runtime is the one that src/test/conformance/build-runc.sh builds.
 */
@Tag("root")
@Tag("slow")
class UserNamespaceIT {
  private static final String IMAGE = "registry.example/busybox:1";
  private static final int ROOT = 200_000;
  private static final IDMapping IDS =
      IDMapping.newBuilder().setContainerId(0).setHostId(ROOT).setLength(65_536).build();
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private PrivateNode node;
  private CriClient cri;

  @BeforeEach
  void prepare() throws Exception {
    // The pod's root has to reach what the daemon mounts for it.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    node = PrivateNode.in(folder, "handlers: {default: oci, oci: {binary: " + runtime() + "}}\n");
    var busybox = DemoImage.ofBusybox(Path.of("/bin/busybox"));
    node.registry().push("busybox", "1", busybox.manifest(), busybox.blobs());
    assertThat(node.start("")).as("%s", node.log()).isTrue();
    cri = CriClient.on(vertx, node.socket(), DEADLINE);
    done(cri.pull(IMAGE));
  }

  private static Path runtime() {
    var cache = Cache.path("");
    return cache.resolve("runc").resolve("runc");
  }

  @AfterEach
  void clear() throws Exception {
    done(cri.close());
    node.close();
    done(vertx.close());
  }

  private static <T> T done(io.vertx.core.Future<T> future) throws Exception {
    return future.await(90, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(
      value = NamespaceMode.class,
      names = {"CONTAINER", "POD"})
  void podOwnsItsFilesAndNamespacesThroughAKillOfTheDaemon(NamespaceMode pid) throws Exception {
    // Given
    var mapped = volume("mapped");
    var plain = volume("plain");
    var config = pod(NamespaceOption.newBuilder().setPid(pid));
    var pod = done(cri.runPod(config));
    var container =
        done(
            cri.create(
                pod,
                sleeper()
                    .addMounts(mount(mapped, "/mapped").addUidMappings(IDS).addGidMappings(IDS))
                    .addMounts(mount(plain, "/plain"))
                    .addMounts(
                        Mount.newBuilder()
                            .setContainerPath("/image")
                            .setReadonly(true)
                            .setImage(ImageSpec.newBuilder().setImage(IMAGE)))
                    .build(),
                config));

    // When
    done(cri.start(container));

    // Then
    assertThat(in(container, "cat /proc/self/uid_map").split(" +"))
        .endsWith("0", "200000", "65536");
    assertThat(
            in(
                container,
                "stat -c %u /bin/busybox / /etc/hosts /etc/resolv.conf /etc/hostname /dev/shm"
                    + " /mapped/file /plain/file /image/bin/busybox | sort | uniq -c"))
        .matches(" *9 0");
    assertThat(in(container, "cat /proc/sys/kernel/shm_rmid_forced")).isEqualTo("1");
    assertThat(in(container, "hostname")).isEqualTo("web");
    assertThat(in(container, "ls /sys/class/net")).contains("eth0");
    assertThat(in(container, "mount | grep -c mqueue")).isEqualTo("1");
    in(container, "echo x > /new && echo x > /mapped/new && echo x > /dev/shm/new");
    assertThat(owner(mapped.resolve("new"))).as("of what it wrote to a volume").isZero();
    assertThat(owner(folder.resolve("root/containers").resolve(container).resolve("upper/new")))
        .isEqualTo(ROOT);
    var namespaces = done(cri.podStatus(pod)).getLinux().getNamespaces().getOptions();
    assertThat(namespaces.getUsernsOptions().getUidsList()).containsExactly(IDS);
    assertThat(traffic(pod)).isEqualTo("eth0");

    // When: the daemon is killed
    done(cri.close());
    node.kill();
    assertThat(node.start("")).as("%s", node.log()).isTrue();
    cri = CriClient.on(vertx, node.socket(), DEADLINE);

    // Then
    assertThat(in(container, "cat /new /mapped/new | uniq -c")).contains("2 x");
    done(cri.stop(container, Duration.ofSeconds(20)));
    assertThat(done(cri.status(container)).getExitCode()).isEqualTo(7);
    done(cri.stopPod(pod));
    done(cri.removePod(pod));
    assertThat(node.mounts()).isEmpty();
    assertThat(node.processes()).isEmpty();
    assertThat(node.leases()).isEmpty();
    assertThat(node.remains()).isEmpty();
  }

  @Test
  void podOnTheNetworkOfTheHostHasUsersOfItsOwn() throws Exception {
    // Given
    assertThat(status().getFeatures().getUserNamespacesHostNetwork()).isTrue();
    var config = pod(NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE));
    var pod = done(cri.runPod(config));

    // When
    var container = done(cri.create(pod, sleeper().build(), config));
    done(cri.start(container));

    // Then
    assertThat(in(container, "cat /proc/self/uid_map").split(" +")).contains("200000");
    assertThat(in(container, "readlink /proc/self/ns/net"))
        .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
    assertThat(in(container, "ls /sys/class/net")).contains("lo");
    assertThat(in(container, "grep '^sysfs ' /proc/self/mounts")).contains(" ro,");
    done(cri.stopPod(pod));
    done(cri.removePod(pod));
    assertThat(node.mounts()).isEmpty();
  }

  private io.gantry.cri.proto.StatusResponse status() throws Exception {
    return done(cri.call(RuntimeServiceGrpcClient.Status, StatusRequest.getDefaultInstance()));
  }

  private String traffic(String pod) throws Exception {
    return done(cri.call(
            RuntimeServiceGrpcClient.PodSandboxStats,
            PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build()))
        .getStats()
        .getLinux()
        .getNetwork()
        .getInterfaces(0)
        .getName();
  }

  private String in(String container, String script) throws Exception {
    var answer = done(cri.exec(container, DEADLINE, List.of("/bin/sh", "-c", script)));
    assertThat(answer.getExitCode())
        .as("%s: %s", script, answer.getStderr().toStringUtf8())
        .isZero();
    return answer.getStdout().toStringUtf8().strip();
  }

  /** A folder with a file of root's, whom the pod's root stands for with id mappings only. */
  private Path volume(String name) throws IOException {
    var volume = Files.createDirectories(folder.resolve(name));
    Files.writeString(volume.resolve("file"), "");
    if (name.equals("plain")) {
      Files.setAttribute(volume.resolve("file"), "unix:uid", ROOT);
    }
    return volume;
  }

  private static int owner(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:uid");
  }

  private static Mount.Builder mount(Path source, String target) {
    return Mount.newBuilder().setHostPath(source.toString()).setContainerPath(target);
  }

  private PodSandboxConfig pod(NamespaceOption.Builder options) {
    options.setUsernsOptions(
        UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(IDS).addGids(IDS));
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("web").setNamespace("test").setUid("web-uid"))
        .setHostname("web")
        .setLogDirectory(folder.resolve("logs").toString())
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .putSysctls("kernel.shm_rmid_forced", "1")
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(options)))
        .build();
  }

  private static ContainerConfig.Builder sleeper() {
    var script = "trap 'exit 7' TERM; while true; do sleep 0.1; done";
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage(IMAGE))
        .addAllCommand(List.of("/bin/sh", "-c", script))
        .setLogPath("app.log");
  }
}
