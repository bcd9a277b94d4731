package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.gantry.host.LinuxHost;
import io.gantry.runtime.RootImage;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images as mke2fs makes them, looked at as whoever mounts them would. */
@Tag("root")
class RootImagesIT {
  private static Vertx vertx;
  private static Host host;

  @TempDir Path directory;

  @BeforeAll
  static void startHost() {
    vertx = Vertx.vertx();
    host = LinuxHost.on(vertx);
  }

  @AfterAll
  static void closeHost() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  /** All that files have but where directories end: name, kind, mode, owner, links, size, time. */
  private static final String LISTING =
      "cd \"$1\" && find . -path ./lost+found -prune -o -printf '%p %y %m %U %G %l %T@ ' -a"
          + " \\( -type d -printf '\\n' -o -printf '%n %s %y\\n' \\) | sort"
          + " | sed 's/[.][0-9]* / /'";

  @Test
  void imageHasWhatTheTreeHas() throws Exception {
    // Given
    var tree = Files.createDirectory(directory.resolve("tree"));
    shell(
        """
        cd "$1"
        cp /bin/busybox tool; chown 1000:70000 tool; chmod 4750 tool; ln tool again
        ln -s /nowhere/at/all link; chown -h 70000:3 link
        mknod null c 1 3; mkfifo pipe; mkdir -p deep/er; chmod 1777 deep; chown 5:6 deep
        printf "" >empty; truncate -s 64M sparse; echo end >>sparse
        touch -d '2001-02-03 04:05:06' tool deep/er; chown 11:70012 .; chmod 2711 .
        touch -d '2002-03-04 05:06:07' .
        """,
        tree);
    Files.setAttribute(tree.resolve("deep"), "user:colour", "red".getBytes(StandardCharsets.UTF_8));
    var image = RootImage.in(directory);

    // When
    make(tree, image, 32 << 20);

    // Then
    shell("fsck.ext4 -fn \"$1\"", image.file());
    assertThat(Long.parseLong(Files.readString(image.began()))).isLessThan(16 << 20);
    var mounted = Files.createDirectory(directory.resolve("mounted"));
    shell("mount -o loop,ro \"$1\" \"$2\"", image.file(), mounted);
    try {
      assertThat(shell(LISTING, mounted)).isEqualTo(shell(LISTING, tree));
      assertThat((byte[]) Files.getAttribute(mounted.resolve("deep"), "user:colour"))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("red");
      assertThat(shell("df -k --output=avail \"$1\" | tail -n1", mounted).strip())
          .satisfies(free -> assertThat(Long.parseLong(free)).isBetween(32L << 10, 48L << 10));
    } finally {
      shell("umount \"$1\"", mounted);
    }
  }

  @Test
  void diskWithoutRoomForTheImageIsSaidSo() throws Exception {
    // Given
    var tree = Files.createDirectory(directory.resolve("tree"));
    shell("head -c 9000000 /dev/urandom >\"$1\"/much", tree);
    var small = Files.createDirectory(directory.resolve("small"));
    host.mounts().tmpfs(small, Map.of("size", "6m")).await(10, TimeUnit.SECONDS);

    // Then
    try {
      assertThatThrownBy(() -> make(tree, RootImage.in(small), 1 << 20))
          .isInstanceOfSatisfying(
              RuntimeFault.class,
              fault -> assertThat(fault.kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED))
          .hasMessageContaining("root image: mkfs.ext4: ")
          .hasMessageContaining("No space left on device");
    } finally {
      host.mounts().unmount(small).await(10, TimeUnit.SECONDS);
    }
  }

  private static void make(Path tree, RootImage image, long space) throws Exception {
    var imaging =
        new Imaging(ShimBlockRootIT.IMAGING.mkfs(), ShimBlockRootIT.IMAGING.debugfs(), space);
    new RootImages(host, imaging)
        .make(Call.internal(Call.Tools.plain(), "Test"), tree, image)
        .await(20, TimeUnit.SECONDS);
  }

  private static String shell(String script, Path... arguments) throws IOException {
    var command = new java.util.ArrayList<>(java.util.List.of("/bin/sh", "-ec", script, "sh"));
    for (var argument : arguments) {
      command.add(argument.toString());
    }
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.onExit().join().exitValue()).as(said).isZero();
    return said;
  }
}
