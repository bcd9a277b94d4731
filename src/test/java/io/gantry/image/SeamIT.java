package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.DebianRegistry;
import io.gantry.ids.Digest;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that leave something to those below them; umoci, which has one tree, is the judge. */
@Tag("root")
class SeamIT {
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000280fe000000000000000000000000000000".substring(0, 40));

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private ImageNode node;
  private DebianRegistry registry;

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder.resolve("node"));
    registry = DebianRegistry.in(folder.resolve("registry"));
  }

  @AfterEach
  void close() throws Exception {
    registry.close();
    node.close();
    await(vertx.close());
  }

  private static byte[] base() {
    var sparse = new byte[300_000];
    Arrays.fill(sparse, 0, 1000, (byte) 1);
    return new TarBytes()
        .directory("home/")
        .at(10)
        .add()
        .directory("home/user/")
        .mode(0700)
        .owner(1000, 1001)
        .xattr("user.note", new byte[] {1, 0, 2})
        .at(11)
        .add()
        .file("home/user/profile", "mine")
        .owner(1000, 1001)
        .at(12)
        .add()
        .directory("tmp/")
        .mode(01777)
        .at(13)
        .add()
        .directory("bin/")
        .at(14)
        .add()
        .file("bin/ping", "capable")
        .mode(0755)
        .xattr("security.capability", CAPABILITY)
        .at(15)
        .add()
        .file("bin/tool", "the tool")
        .mode(04755)
        .owner(0, 5)
        .at(16)
        .add()
        .symlink("bin/link", "tool")
        .owner(3, 4)
        .at(17)
        .add()
        .file("bin/big", "")
        .holding(sparse)
        .at(18)
        .add()
        .directory("gone/")
        .mode(0711)
        .at(19)
        .add()
        .end();
  }

  /** No entries for directories, and hard links to what only the base has. */
  private static byte[] loose() {
    return new TarBytes()
        .file("home/user/.cache/new", "n")
        .at(30)
        .add()
        .file("tmp/scratch", "s")
        .at(31)
        .add()
        .hardlink("bin/ping4", "bin/ping")
        .add()
        .hardlink("bin/ping6", "bin/ping4")
        .add()
        .hardlink("opt/tool", "bin/tool")
        .add()
        .hardlink("opt/link", "bin/link")
        .add()
        .hardlink("opt/big", "bin/big")
        .add()
        .file("gone/.wh..wh..opq", "")
        .add()
        .end();
  }

  private static byte[] more() {
    return new TarBytes()
        .file("home/user/other", "o")
        .at(40)
        .add()
        .file("tmp/.wh.scratch", "")
        .add()
        .end();
  }

  /** Without the times of directories that no archive describes, or that umoci has written in. */
  private static Map<String, String> undated(Map<String, String> tree) {
    var undated = new TreeMap<>(tree);
    for (var name : List.of("home/user", "home/user/.cache", "gone", "opt", "tmp")) {
      undated.computeIfPresent(name, (_, seen) -> seen.replaceFirst(" mtime [^ ]+", ""));
    }
    return undated;
  }

  private Path unpackedByUmoci(String reference) throws Exception {
    var layout = folder.resolve("oci") + ":app";
    Shell.run("skopeo", "copy", "--src-tls-verify=false", "docker://" + reference, "oci:" + layout);
    Shell.run("umoci", "unpack", "--image", layout, folder.resolve("bundle").toString());
    return folder.resolve("bundle/rootfs");
  }

  private String mounted(Image image) {
    return node.images.layers(image).stream().map(Path::toString).collect(Collectors.joining(":"));
  }

  @Test
  void whatAnArchiveLeavesOpenIsTakenFromTheLayersBelow() throws Exception {
    // Given
    var image = TestImage.of(base(), loose(), more());
    registry.push("app", "1", image.manifest(), image.blobs());
    var judge = Tree.of(unpackedByUmoci(registry.host() + "/app:1"));

    // When
    var pulled = node.pull(registry.host() + "/app:1");

    // Then
    var merged = Files.createDirectories(folder.resolve("merged"));
    Shell.run("mount", "-t", "overlay", "o", "-o", "ro,lowerdir=" + mounted(pulled), merged + "");
    try {
      assertThat(undated(Tree.of(merged))).isEqualTo(undated(judge));
      assertThat(Files.getLastModifiedTime(merged.resolve("tmp")).to(TimeUnit.SECONDS))
          .isEqualTo(13);
      assertThat(Files.isSameFile(merged.resolve("bin/ping"), merged.resolve("bin/ping4")))
          .isTrue();
    } finally {
      Shell.run("umount", merged.toString());
    }
  }

  @Test
  void aSeamIsOfItsChainAndGoesWithIt() throws Exception {
    // Given
    var one = TestImage.of(base(), loose());
    var two = TestImage.of(base(), loose(), more());
    var bare = new TarBytes().directory("home/").mode(0500).at(1).add().end();
    var other = TestImage.of(bare, new TarBytes().file("home/f", "f").at(2).add().end());
    registry.push("one", "1", one.manifest(), one.blobs());
    registry.push("two", "1", two.manifest(), two.blobs());
    registry.push("other", "1", other.manifest(), other.blobs());

    // When
    var first = node.pull(registry.host() + "/one:1");
    var second = node.pull(registry.host() + "/two:1");
    var third = node.pull(registry.host() + "/other:1");

    // Then
    assertThat(first.layers()).hasSize(3);
    assertThat(second.layers()).hasSize(5).startsWith(first.layers().toArray(new Digest[0]));
    assertThat(third.layers()).hasSize(3);
    node.restart();
    await(node.onLoop(() -> node.images.sweep(call())));
    assertThat(node.layers()).as("seams are found again").hasSize(8);
    for (var image : node.images.list()) {
      await(node.onLoop(() -> node.images.remove(call(), image.id().value())));
    }
    assertThat(node.layers()).isEmpty();
  }

  @Test
  void aLinkToNothingIsRefusedByName() throws Exception {
    // Given
    var image = TestImage.of(base(), new TarBytes().hardlink("bin/x", "bin/nothing").add().end());
    registry.push("app", "1", image.manifest(), image.blobs());

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/app:1"));

    // Then
    assertThat(fault)
        .hasMessageContaining("layer entry 'bin/x': a hard link to 'bin/nothing', which is not");
    assertThat(node.layers()).isEmpty();
  }
}
