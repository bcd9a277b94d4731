package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.DebianRegistry;
import io.gantry.image.unpack.OnDisk;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ten images of Debian's packages, as {@code build-debian-images.sh} has made them: what a
 * container sees of each is what umoci makes of it. Each way of compressing and each kind of
 * manifest has its images.
 */
@Tag("root")
class DebianImagesIT {
  private static final List<String> GZIP = List.of();
  private static final List<String> DOCKER = List.of("--format", "v2s2");
  private static final List<String> ZSTD =
      List.of("--format", "oci", "--dest-compress-format", "zstd");

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

  private static Path layout(String name) {
    var cache =
        Optional.ofNullable(System.getenv("GANTRY_CACHE"))
            .orElseGet(() -> System.getProperty("user.home") + "/.cache/gantry");
    var layout = Path.of(cache, "debian-images", name);
    assertThat(layout).as("made by src/test/conformance/build-debian-images.sh").isDirectory();
    return layout;
  }

  @Test
  void anImageWithCapabilitiesAndHoles() throws Exception {
    compare("cron", DOCKER);
  }

  @Test
  void anImageCompressedWithZstd() throws Exception {
    compare("passwd", ZSTD);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"bash", "perl", "git", "at", "tz", "tools"})
  void imagesAsTheyWereBuilt(String name) throws Exception {
    compare(name, GZIP);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"python", "ssh"})
  void imagesCompressedWithZstd(String name) throws Exception {
    compare(name, ZSTD);
  }

  private void compare(String name, List<String> form) throws Exception {
    // Given
    var from = layout(name) + ":latest";
    var reference = registry.host() + "/" + name + ":latest";
    var copy = new java.util.ArrayList<>(List.of("skopeo", "copy", "--dest-tls-verify=false"));
    copy.addAll(form);
    copy.addAll(List.of(form.equals(ZSTD) ? plain(from) : "oci:" + from, "docker://" + reference));
    Shell.run(copy.toArray(String[]::new));
    Shell.run("umoci", "unpack", "--image", from, folder.resolve("bundle").toString());
    var judge = folder.resolve("bundle/rootfs");

    // When
    var image = node.pull(reference);

    // Then
    var merged = Files.createDirectories(folder.resolve("merged"));
    var lower =
        node.images.layers(image).stream().map(Path::toString).collect(Collectors.joining(":"));
    Shell.run("mount", "-t", "overlay", "o", "-o", "ro,lowerdir=" + lower, merged.toString());
    try {
      assertThat(Tree.of(merged)).isEqualTo(Tree.of(judge));
      Shell.run("sync", "-f", folder.toString());
      assertThat(blocks(merged)).isEqualTo(blocks(judge));
    } finally {
      Shell.run("umount", merged.toString());
    }
  }

  /** The image with its layers as they are: what is compressed already stays so. */
  private String plain(String from) throws Exception {
    var plain = "dir:" + folder.resolve("plain");
    Shell.run("skopeo", "copy", "--dest-decompress", "oci:" + from, plain);
    return plain;
  }

  /** What each file takes; umoci fills the holes of the one that has some. */
  private static String blocks(Path root) throws Exception {
    return Shell.run(
        "sh",
        "-c",
        "cd " + root + " && find . -type f ! -name sparse -printf '%b %P\\n' | LC_ALL=C sort -k2");
  }
}
