package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.ContainerStatsRequest;
import io.gantry.cri.proto.IDMapping;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.UserNamespace;
import io.gantry.recovery.OnDisk;
import io.gantry.shim.LoopDevices;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods of a handler whose roots are block devices, by containerd's own shim and loop devices. */
@Tag("root")
@Tag("slow")
@TestInstance(Lifecycle.PER_CLASS)
class BlockRootIT {
  private static final Path SHIM = Cache.path("peers").resolve("containerd-shim-runc-v2");
  private static final int SPACE_MIB = 32;

  /** One that knows user namespaces, as build-runc.sh builds it. */
  private static final Path RUNC = Cache.path("runc").resolve("runc");

  private static final IDMapping IDS =
      IDMapping.newBuilder().setContainerId(0).setHostId(300_000).setLength(65_536).build();

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private Optional<Node> opened = Optional.empty();

  @BeforeAll
  void open() throws Exception {
    assumeTrue(Files.exists(SHIM), "the shim has been built");
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "loop devices");
    opened =
        Optional.of(
            Node.in(
                folder,
                """
                handlers:
                  default: block
                  block:
                    driver: shim
                    binary: %s
                    options: BinaryName=/usr/sbin/runc
                    rootfs: block
                    rootfs-space-mib: %d
                  users: {driver: shim, binary: %s, options: BinaryName=%s, rootfs: block}
                """
                    .formatted(SHIM, SPACE_MIB, SHIM, RUNC)));
    // the pod's root has to reach what the shim mounts for it
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
  }

  private Node node() {
    return opened.orElseThrow();
  }

  @AfterAll
  void close() throws Exception {
    if (opened.isPresent()) {
      assertThat(node().left()).isEmpty();
      assertThat(LoopDevices.below(folder)).isEmpty();
      node().close();
    }
  }

  /** In a pod with a shared PID namespace what stands for the pod has such a root too. */
  @ParameterizedTest
  @EnumSource(
      value = NamespaceMode.class,
      names = {"CONTAINER", "POD"})
  void rootIsExt4AndOutlivesTheDaemon(NamespaceMode pid) throws Exception {
    // Given
    var pod = node().pod("block", pid);
    var idle = node().run(pod, Node.idle("idle", pod));
    var other = node().run(pod, Node.idle("other", pod));
    assertThat(node().output(idle, "grep ' / ' /proc/mounts"))
        .containsPattern("^/dev/loop.* / ext4 rw");
    assertThat(node().output(idle, "stat -f -c %T /")).contains("ext");
    node().exec(idle, "echo kept >/kept; mkdir /etc/more; ln -s /kept /etc/more/link");

    // When
    node().restart();

    // Then
    assertThat(node().output(idle, "cat /etc/more/link")).isEqualTo("kept\n");
    assertThat(node().output(idle, "echo again >>/kept; cat /kept")).isEqualTo("kept\nagain\n");
    assertThat(node().exec(other, "test -e /kept").getExitCode()).isEqualTo(1);
    assertThat(LoopDevices.below(folder)).hasSize(pid == NamespaceMode.POD ? 3 : 2);
    node().remove(pod);
    Waiting.until(Duration.ofSeconds(10), () -> LoopDevices.below(folder).isEmpty());
    assertThat(images()).isEmpty();
  }

  @Test
  void filesBelongToTheUsersOfThePod() throws Exception {
    // Given
    assumeTrue(Files.exists(RUNC), "runc has been built");
    var users = UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(IDS).addGids(IDS);
    var options = NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER);
    var pod = node().pod("users", options.setUsernsOptions(users));
    var container = Node.idle("idle", pod);
    container
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setUsernsOptions(users);

    // When
    var idle = node().run(pod, container);

    // Then
    assertThat(node().output(idle, "cat /proc/self/uid_map").split(" +")).contains("300000");
    assertThat(node().output(idle, "stat -c '%u:%g %n' / /bin /bin/busybox"))
        .isEqualTo("0:0 /\n0:0 /bin\n0:0 /bin/busybox\n");
    assertThat(node().output(idle, "echo mine >/mine && cat /mine")).isEqualTo("mine\n");
    node().remove(pod);
  }

  @Test
  void readOnlyRootIsReadOnly() throws Exception {
    // Given
    var pod = node().pod("block", NamespaceMode.CONTAINER);
    var container = Node.idle("idle", pod);
    container.getLinuxBuilder().getSecurityContextBuilder().setReadonlyRootfs(true);

    // When
    var idle = node().run(pod, container);

    // Then
    assertThat(node().exec(idle, "touch /x").getStderr().toStringUtf8())
        .contains("Read-only file system");
    assertThat(node().output(idle, "grep ' / ' /proc/mounts")).contains(" / ext4 ro");
    node().remove(pod);
  }

  @Test
  void whatIsWrittenCountsUntilItIsDeletedAndEndsAtTheSpaceThereIs() throws Exception {
    // Given
    var pod = node().pod("block", NamespaceMode.CONTAINER);
    var idle = node().run(pod, Node.idle("idle", pod));
    assertThat(written(idle)).isLessThan(1 << 20);

    // When
    node().exec(idle, "dd if=/dev/urandom of=/much bs=1M count=8 && sync");

    // Then
    Waiting.until(Duration.ofSeconds(40), () -> written(idle) >= 8 << 20);
    assertThat(written(idle)).isLessThan(10 << 20);
    var full = node().exec(idle, "dd if=/dev/zero of=/more bs=1M count=64");
    assertThat(full.getStderr().toStringUtf8()).contains("No space left on device");
    assertThat(node().exec(idle, "rm /much /more && sync && echo ok >/ok").getExitCode()).isZero();
    Waiting.until(Duration.ofSeconds(40), () -> written(idle) < 2 << 20);
    node().remove(pod);
  }

  private long written(String container) {
    try {
      return node()
          .await(
              node()
                  .cri
                  .call(
                      RuntimeServiceGrpcClient.ContainerStats,
                      ContainerStatsRequest.newBuilder().setContainerId(container).build()))
          .getStats()
          .getWritableLayer()
          .getUsedBytes()
          .getValue();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private List<Path> images() throws Exception {
    try (var all = Files.walk(folder.resolve("root/containers"))) {
      return all.filter(file -> file.endsWith("root.ext4")).toList();
    }
  }
}
