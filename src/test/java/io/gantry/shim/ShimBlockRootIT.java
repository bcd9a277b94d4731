package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.runtime.ContainerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same with roots that are block devices: runc's shim mounts them by loop devices. */
@Tag("root")
@Tag("slow")
class ShimBlockRootIT extends ShimContract {
  static final Imaging IMAGING =
      new Imaging(Path.of("/usr/sbin/mkfs.ext4"), Path.of("/usr/sbin/debugfs"), 64 << 20);

  ShimBlockRootIT() {
    super(
        "peers/containerd-shim-runc-v2",
        List.of("BinaryName=/usr/sbin/runc"),
        Optional.of(IMAGING));
  }

  /** In the image, of which nobody has anything else to compare with. */
  @Override
  protected boolean hasWritten(ContainerSpec container, String file) {
    var told = on(() -> runtime.exec(call(), container.id(), command("/bin/ls", "/" + file)));
    return told.exitCode() == 0
        && !Files.exists(container.rootfs().upper().resolve(file))
        && LoopDevices.below(directory).contains(container.rootfs().image().file());
  }

  @BeforeEach
  void thisHostHasLoopDevices() {
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "loop devices");
  }

  @AfterEach
  void noLoopDeviceIsLeft() {
    made.forEach(container -> on(() -> runtime.delete(call(), container.id())));
    opened.forEach(spec -> on(() -> runtime.close(call(), spec.id())));
    awaitTrue(() -> LoopDevices.below(directory).isEmpty());
  }

  @Test
  void rootIsTheImage() throws IOException {
    // Given
    var container = container("/bin/cat", "/proc/mounts");

    // When
    run(container);
    on(() -> runtime.exit(container.id()));

    // Then
    assertThat(Files.readString(container.log().orElseThrow()))
        .containsPattern("F /dev/loop[0-9]+ / ext4 rw,");
    assertThat(LoopDevices.below(directory)).containsExactly(container.rootfs().image().file());
  }

  @Test
  void checkpointOfABlockDeviceIsRefused() {
    // Given
    var container = sleeping();

    // When
    var fault = faultOf(() -> runtime.checkpoint(call(), container.id(), directory));

    // Then
    assertThat(fault).hasMessageContaining("is a block device (expected: a directory)");
  }
}
