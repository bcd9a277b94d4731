package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.DebianRegistry;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against the programs that others use: a registry of the distribution project, and umoci, which
 * must unpack the same tree from the same image.
 */
@Tag("root")
class PullIT {
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000280fe000000000000000000000000000000".substring(0, 40));

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final List<Path> mounted = new ArrayList<>();
  private ImageNode node;
  private DebianRegistry registry;

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder.resolve("node"));
    registry = DebianRegistry.in(folder.resolve("registry"));
  }

  @AfterEach
  void close() throws Exception {
    for (var mount : mounted) {
      Shell.run("umount", mount.toString());
    }
    registry.close();
    node.close();
    await(vertx.close());
  }

  private static byte[] base() {
    return new TarBytes()
        .directory("./")
        .mode(0755)
        .at(1)
        .add()
        .directory("bin/")
        .at(10)
        .add()
        .file("bin/sh", "shell")
        .mode(0755)
        .at(11)
        .add()
        .file("bin/su", "setuid")
        .mode(04755)
        .at(12)
        .add()
        .file("bin/write", "setgid")
        .mode(02755)
        .owner(0, 5)
        .at(13)
        .add()
        .file("bin/ping", "capable")
        .mode(0755)
        .xattr("security.capability", CAPABILITY)
        .at(14)
        .add()
        .hardlink("bin/ping6", "bin/ping")
        .add()
        .symlink("bin/dash", "sh")
        .owner(7, 8)
        .at(15)
        .add()
        .directory("dev/")
        .at(20)
        .add()
        .entry('3', "dev/null")
        .mode(0666)
        .device(1, 3)
        .at(21)
        .add()
        .entry('4', "dev/loop")
        .mode(0660)
        .owner(0, 6)
        .device(7, 300)
        .at(22)
        .add()
        .entry('6', "dev/fifo")
        .mode(0622)
        .at(23)
        .add()
        .directory("etc/")
        .mode(0750)
        .owner(3, 4)
        .at(30)
        .add()
        .file("etc/passwd", "root")
        .at(31)
        .add()
        .file("etc/group", "gone soon")
        .at(32)
        .add()
        .directory("etc/old.d/")
        .at(33)
        .add()
        .file("etc/old.d/one", "hidden soon")
        .at(34)
        .add()
        .directory("etc/gone.d/")
        .at(35)
        .add()
        .file("etc/gone.d/two", "gone soon")
        .at(36)
        .add()
        .directory("etc/replaced/")
        .at(37)
        .add()
        .file("etc/replaced/three", "gone soon")
        .at(38)
        .add()
        .directory("tmp/")
        .mode(01777)
        .at(40)
        .add()
        .directory("home/")
        .at(50)
        .add()
        .directory("home/user/")
        .mode(0700)
        .owner(1000, 1000)
        .at(51)
        .add()
        .file("home/user/note", "n")
        .owner(1000, 1000)
        .xattr("user.comment", new byte[] {1, 2, (byte) 0xff})
        .at(52)
        .add()
        .end();
  }

  private static byte[] changes() {
    return new TarBytes()
        .directory("etc/")
        .mode(0755)
        .owner(3, 4)
        .at(60)
        .add()
        .file("etc/.wh.group", "")
        .add()
        .file("etc/.wh.gone.d", "")
        .add()
        .directory("etc/old.d/")
        .at(61)
        .add()
        .file("etc/old.d/.wh..wh..opq", "")
        .add()
        .file("etc/old.d/new", "instead")
        .at(62)
        .add()
        .file("etc/replaced", "a file now")
        .at(63)
        .add()
        .directory("home/")
        .at(64)
        .add()
        .directory("home/user/")
        .mode(0711)
        .owner(1000, 1000)
        .at(65)
        .add()
        .file("home/user/" + "l".repeat(90), "long")
        .at(66)
        .add()
        .file("x", "longer")
        .pax("path", "home/user/" + "m".repeat(200))
        .at(67)
        .add()
        .file("x", "precise")
        .pax("path", "home/user/précis")
        .pax("mtime", "1700000000.123456789")
        .add()
        .end();
  }

  private static byte[] top() {
    return new TarBytes()
        .directory("bin/")
        .at(70)
        .add()
        .file("bin/sh", "another shell")
        .mode(0755)
        .at(71)
        .add()
        .hardlink("bin/bash", "bin/sh")
        .add()
        .file("bin/.wh.su", "")
        .add()
        .directory("opt/")
        .at(72)
        .add()
        .symlink("opt/bin", "/bin")
        .at(73)
        .add()
        .end();
  }

  private void push(String repository, TestImage image) {
    registry.push(repository, "1", image.manifest(), image.blobs());
  }

  @Test
  void whatOthersUnpackIsWhatAContainerSees() throws Exception {
    // Given
    push("team/app", TestImage.of(base(), changes(), top()));
    Shell.run(
        "skopeo",
        "copy",
        "--src-tls-verify=false",
        "docker://" + registry.host() + "/team/app:1",
        "oci:" + folder.resolve("oci") + ":app");
    Shell.run(
        "umoci",
        "unpack",
        "--image",
        folder.resolve("oci") + ":app",
        folder.resolve("bundle").toString());

    // When
    var image = node.pull(registry.host() + "/team/app:1");

    // Then
    var merged = mounted(node.images.layers(image));
    assertThat(Tree.of(merged)).isEqualTo(Tree.of(folder.resolve("bundle/rootfs")));
  }

  @Test
  void manyLayersCanBeStacked() throws Exception {
    // Given
    var layers =
        Stream.iterate(1, i -> i + 1)
            .limit(127)
            .map(i -> new TarBytes().file("f" + i % 100, "layer " + i).add().end())
            .toArray(byte[][]::new);
    push("many", TestImage.of(layers));

    // When
    var image = node.pull(registry.host() + "/many:1");

    // Then
    assertThat(node.images.layers(image)).hasSize(127);
    assertThat(node.file(image, "f27")).hasContent("layer 127");
    assertThat(node.file(image, "f28")).hasContent("layer 28");
  }

  /** Debian's GNU tar writes the layer: sparse files, long names, attributes. */
  @Test
  void whatGnuTarPacksIsUnpacked() throws Exception {
    for (var format :
        List.of("gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax")) {
      // Given
      var source = Files.createDirectories(folder.resolve("source"));
      Shell.run("truncate", "--size=50M", source.resolve("sparse").toString());
      Shell.run(
          "sh",
          "-c",
          "for i in 1 5 9 20 33 47; do printf here$i | dd of="
              + source
              + "/sparse bs=1 conv=notrunc seek=$((i * 1000000)) status=none; done");
      Files.writeString(source.resolve("n".repeat(140)), "long");
      Files.createSymbolicLink(
          source.resolve("link-" + format.hashCode()), Path.of("t".repeat(150)));
      // One of the formats knows whole seconds only.
      Shell.run("sh", "-c", "find " + source + " -exec touch -h -d @1234567890 {} +");
      var archive = folder.resolve("layer.tar");
      Shell.run(
          "sh",
          "-c",
          "tar --sparse --format=" + format + " -C " + source + " -cf " + archive + " .");
      push("gnu", TestImage.of(Files.readAllBytes(archive)));

      // When
      var image = node.pull(registry.host() + "/gnu:1");

      // Then
      var tree = node.images.layers(image).getFirst();
      assertThat(Tree.of(tree)).as(format).isEqualTo(Tree.of(source));
      assertThat(Files.mismatch(tree.resolve("sparse"), source.resolve("sparse"))).isEqualTo(-1);
      assertThat(Files.size(archive)).as("it was sparse").isLessThan(1_000_000);
    }
  }

  private Path mounted(List<Path> layers) throws Exception {
    var target = Files.createDirectories(folder.resolve("merged"));
    var lower = layers.stream().map(Path::toString).collect(Collectors.joining(":"));
    Shell.run("mount", "-t", "overlay", "overlay", "-o", "ro,lowerdir=" + lower, target.toString());
    mounted.add(target);
    return target;
  }
}
