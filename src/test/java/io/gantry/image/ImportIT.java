package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.DebianRegistry;
import io.gantry.client.Waiting;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.ImageRef;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that skopeo writes, and such as nobody should. */
@Tag("root")
class ImportIT {
  private static final byte[] BASE =
      new TarBytes().directory("etc/").mode(0700).at(5).add().file("etc/a", "one").add().end();
  private static final byte[] TOP = new TarBytes().file("etc/b", "two").mode(04755).add().end();
  private static final TestImage IMAGE = TestImage.of(BASE, TOP);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private ImageNode node;

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder.resolve("node"));
  }

  @AfterEach
  void close() throws Exception {
    node.close();
    await(vertx.close());
  }

  private Future<List<Image>> start(Path archive) {
    return node.onLoop(() -> node.images.importFrom(call(), archive, ImportImages.AS_NAMED));
  }

  /** The image as skopeo writes it in one of its forms. */
  private Path written(String form, String name) throws Exception {
    var archive = folder.resolve("image.tar");
    try (var registry = DebianRegistry.in(folder.resolve("registry"))) {
      registry.push("app", "1", IMAGE.manifest(), IMAGE.blobs());
      Shell.run(
          "skopeo",
          "copy",
          "--src-tls-verify=false",
          "docker://" + registry.host() + "/app:1",
          form + ":" + archive + ":" + name);
    }
    return archive;
  }

  private void assertWhole(Image image) throws IOException {
    assertThat(node.file(image, "etc/a")).hasContent("one");
    assertThat(node.file(image, "etc/b")).hasContent("two");
    assertThat(node.unfinished()).isEmpty();
  }

  @Test
  void anOciArchiveKeepsItsDigests() throws Exception {
    // Given
    var archive = written("oci-archive", "a.test/team/app:7");

    // When
    var images = await(start(archive));

    // Then
    assertThat(images).hasSize(1);
    var image = images.getFirst();
    assertThat(image.id()).isEqualTo(IMAGE.id());
    assertThat(image.tags()).containsExactly("a.test/team/app:7");
    assertThat(image.digests()).containsExactly("a.test/team/app@" + IMAGE.manifestDigest());
    assertWhole(image);
    node.restart();
    assertThat(node.images.find("a.test/team/app:7")).contains(image);
  }

  @Test
  void aDockerArchiveHasTheSameImage() throws Exception {
    // Given
    var archive = written("docker-archive", "app:7");

    // When
    var image = await(start(archive)).getFirst();

    // Then
    assertThat(image.id()).isEqualTo(IMAGE.id());
    assertThat(image.tags()).containsExactly("docker.io/library/app:7");
    assertThat(image.digests()).isEmpty();
    assertWhole(image);
  }

  @Test
  void anArchiveMayArriveAsACompressedStream() throws Exception {
    // Given
    var archive = written("oci-archive", "7");
    Shell.run("gzip", archive.toString());
    var stream = await(vertx.fileSystem().open(archive + ".gz", new OpenOptions()));
    var request = new ImportImages(Optional.of(ImageRef.parse("a.test/named")));

    // When
    var images = await(node.onLoop(() -> node.images.importFrom(call(), stream, request)));

    // Then
    assertThat(images.getFirst().tags()).containsExactly("a.test/named:7");
    assertWhole(images.getFirst());
  }

  /** A layer that was whole may come under its name after another one has failed: not for long. */
  private static boolean nothingStays(ImageNode node) {
    try {
      return node.unfinished().isEmpty() && node.layers().isEmpty();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static TarBytes with(TarBytes tar, byte[]... blobs) {
    for (var blob : blobs) {
      tar.entry('0', "blobs/sha256/" + TestImage.digest(blob).hex()).holding(blob).add();
    }
    return tar;
  }

  private static JsonObject index(JsonObject... manifests) {
    return new JsonObject()
        .put("schemaVersion", 2)
        .put("manifests", new JsonArray(List.of(manifests)));
  }

  private static TarBytes indexed(JsonObject index) {
    return new TarBytes().file("index.json", index.encode()).add();
  }

  private static JsonObject manifest() {
    return TestImage.descriptor(TestImage.MANIFEST_TYPE, IMAGE.manifest());
  }

  record Wrong(String name, byte[] archive, String message) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Wrong> wrong() {
    var layer = IMAGE.layers().getFirst();
    var damaged = IMAGE.layers().getLast().clone();
    damaged[damaged.length / 2] ^= 1;
    var whole = with(indexed(index(manifest())), IMAGE.manifest(), IMAGE.config(), layer);
    var docker =
        new JsonArray()
            .add(
                new JsonObject()
                    .put("Config", "../../etc/passwd")
                    .put("Layers", new JsonArray().add("/etc/shadow")));
    return Stream.of(
        new Wrong("nothing", new TarBytes().end(), "'manifest.json' is not in it"),
        new Wrong(
            "no archive",
            "text".repeat(1000).getBytes(java.nio.charset.StandardCharsets.UTF_8),
            "tar header"),
        new Wrong("a layer is missing", whole.end(), "is not in it"),
        new Wrong(
            "a layer is damaged",
            with(indexed(index(manifest())), IMAGE.manifest(), IMAGE.config(), layer)
                .entry('0', "blobs/sha256/" + TestImage.digest(IMAGE.layers().getLast()).hex())
                .holding(damaged)
                .add()
                .end(),
            "(without a name): layer"),
        new Wrong(
            "a manifest is another one",
            indexed(index(manifest()))
                .entry('0', "blobs/sha256/" + IMAGE.manifestDigest().hex())
                .holding(IMAGE.config())
                .add()
                .end(),
            "manifest: digest"),
        new Wrong(
            "a manifest is too large",
            new TarBytes().entry('0', "index.json").holding(new byte[5_000_000]).add().end(),
            "bytes (expected: 4194304 at most)"),
        new Wrong(
            "both index and manifest",
            indexed(index(manifest()).put("layers", new JsonArray())).end(),
            "both layers and manifests"),
        new Wrong(
            "names outside",
            new TarBytes().file("manifest.json", docker.encode()).add().end(),
            "'../../etc/passwd' is not in it"),
        new Wrong(
            "links outside",
            new TarBytes()
                .file("manifest.json", docker.encode().replace("../../etc/passwd", "config"))
                .add()
                .symlink("config", "../../../etc/passwd")
                .add()
                .end(),
            "'config' is not in it"),
        new Wrong(
            "another platform",
            indexed(
                    index(
                        manifest()
                            .put(
                                "platform",
                                new JsonObject().put("os", "linux").put("architecture", "s390x"))))
                .end(),
            "no image for this platform"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void aWrongArchiveLeavesNothing(Wrong wrong) throws Exception {
    // Given
    var archive = folder.resolve("wrong.tar");
    Files.write(archive, wrong.archive());

    // When
    var fault = faultOf(start(archive));

    // Then
    assertThat(fault.kind()).as(fault.getMessage()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining(wrong.message());
    assertThat(Waiting.until(Duration.ofSeconds(10), () -> nothingStays(node))).isTrue();
    assertThat(node.images.list()).isEmpty();
  }

  @Test
  void whatIsOnlyCalledLikeALayerThatIsHereIsNoUse() throws Exception {
    // Given
    var whole = with(indexed(index(manifest())), IMAGE.manifest(), IMAGE.config());
    var archive = folder.resolve("claims.tar");
    Files.write(archive, with(whole, IMAGE.layers().toArray(byte[][]::new)).end());
    await(start(archive));
    var claims = with(indexed(index(manifest())), IMAGE.manifest(), IMAGE.config());
    for (var layer : IMAGE.layers()) {
      claims
          .entry('0', "blobs/sha256/" + TestImage.digest(layer).hex())
          .holding(new byte[layer.length])
          .add();
    }
    Files.write(archive, claims.end());

    // When
    var fault = faultOf(start(archive));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDiskThatIsFullBeforeTheEndIsSaidAndNothingStays(boolean asStream) throws Exception {
    // Given
    var disk = Files.createDirectories(folder.resolve("small"));
    await(node.host.mounts().tmpfs(disk, Map.of("size", "4m")));
    var noise = new byte[6 << 20];
    new Random(7).nextBytes(noise);
    var large = TestImage.of(BASE, new TarBytes().entry('0', "noise").holding(noise).add().end());
    var small = new ImageNode(vertx, disk);
    try {
      // When
      var fault = faultOf(started(small, archive("large", large), asStream));

      // Then
      assertThat(fault.kind()).as(fault.getMessage()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
      assertThat(fault.getMessage()).containsIgnoringCase("no space left");
      assertThat(Waiting.until(Duration.ofSeconds(10), () -> nothingStays(small))).isTrue();
      assertThat(small.images.list()).isEmpty();
      assertThat(await(started(small, archive("small", IMAGE), asStream))).hasSize(1);
    } finally {
      small.close();
      await(node.host.mounts().unmount(disk));
    }
  }

  private Path archive(String name, TestImage image) throws IOException {
    var manifest = TestImage.descriptor(TestImage.MANIFEST_TYPE, image.manifest());
    var tar = with(indexed(index(manifest)), image.manifest(), image.config());
    return Files.write(
        folder.resolve(name + ".tar"), with(tar, image.layers().toArray(byte[][]::new)).end());
  }

  private Future<List<Image>> started(ImageNode on, Path archive, boolean asStream)
      throws Exception {
    if (!asStream) {
      return on.onLoop(() -> on.images.importFrom(call(), archive, ImportImages.AS_NAMED));
    }
    var stream = await(vertx.fileSystem().open(archive.toString(), new OpenOptions()));
    return on.onLoop(() -> on.images.importFrom(call(), stream, ImportImages.AS_NAMED))
        .eventually(stream::close); // what is not kept is read all the same, and past the test
  }
}
