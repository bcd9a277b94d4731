package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.Digest;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pulling, finding and removing, against a registry that does what the test wants. */
@Tag("root")
class LocalImagesIT {
  private static final byte[] BASE = tar("base", 300_000);
  private static final byte[] TOP = tar("top", 200_000);
  private static final byte[] OTHER = tar("other", 1000);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private ImageNode node;
  private FakeRegistry registry;

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder);
    registry = FakeRegistry.open(vertx);
  }

  @AfterEach
  void close() throws Exception {
    registry.close();
    node.close();
    await(vertx.close());
  }

  /** A layer with one file of its name, which does not compress. */
  private static byte[] tar(String name, int size) {
    var content = new byte[size];
    new Random(name.hashCode()).nextBytes(content);
    return new TarBytes()
        .directory("data/")
        .add()
        .entry('0', "data/" + name)
        .holding(content)
        .add()
        .end();
  }

  private String reference(String name) {
    return registry.host() + "/" + name;
  }

  private static Digest blob(TestImage image, int index) {
    return TestImage.digest(image.layers().get(index));
  }

  private boolean nothingLeft() {
    try {
      return node.unfinished().isEmpty() && node.layers().isEmpty();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void assertNothingLeft() {
    assertThat(Waiting.until(Duration.ofSeconds(5), this::nothingLeft)).as("nothing left").isTrue();
    assertThat(node.images.list()).isEmpty();
    assertThat(node.state.rows("image")).isEmpty();
    assertThat(node.state.rows("layer")).isEmpty();
  }

  @Test
  void aPulledImageIsFoundByAllItsNames() throws Exception {
    // Given
    var image = TestImage.of(BASE, TOP);
    registry.with("team/app", "1", image);

    // When
    var pulled = node.pull(reference("team/app:1"));

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(pulled.tags()).containsExactly(reference("team/app:1"));
    assertThat(pulled.digests()).containsExactly(reference("team/app@" + image.manifestDigest()));
    assertThat(pulled.sizeBytes()).isGreaterThan(500_000);
    assertThat(pulled.config().execution().env()).containsExactly("A=b");
    for (var name :
        List.of(
            reference("team/app:1"),
            reference("team/app@" + image.manifestDigest()),
            reference("team/app:1@" + image.manifestDigest()),
            image.id().value(),
            image.id().hex(),
            image.id().hex().substring(0, 12))) {
      assertThat(node.images.find(name)).as(name).contains(pulled);
    }
    assertThat(node.images.find(reference("team/app"))).isEmpty();
    assertThat(node.images.layers(pulled)).hasSize(2);
    assertThat(node.images.layers(pulled).getFirst().resolve("data/top")).exists();
    assertThat(node.images.layers(pulled).getLast().resolve("data/base")).exists();
    assertThat(node.state.factTypes()).containsExactly("ImagePulled");
    assertThat(node.unfinished()).isEmpty();
    assertThat(node.images.usage().inodes()).isEqualTo(6);
  }

  @Test
  void onlyRootCanEnterTheStore() throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE));

    // When
    var pulled = node.pull(reference("app:1"));

    // Then
    var tree = node.images.layers(pulled).getFirst();
    assertThat(Files.getPosixFilePermissions(tree)).hasSize(7);
    for (var above = tree.getParent(); !above.equals(folder); above = above.getParent()) {
      assertThat(Files.getPosixFilePermissions(above)).as("%s", above).hasSize(3);
    }
  }

  @Test
  void layersMayBeUncompressedEmptyOrTwice() throws Exception {
    // Given
    var nothing = new TarBytes().end();
    registry.with("app", "1", TestImage.uncompressed(BASE, nothing, TOP, nothing, BASE));
    registry.with("scratch", "1", TestImage.of());

    // When
    var pulled = node.pull(reference("app:1"));
    var scratch = node.pull(reference("scratch:1"));

    // Then
    assertThat(node.images.layers(pulled)).hasSize(3).doesNotHaveDuplicates();
    assertThat(node.file(pulled, "data/top")).exists();
    assertThat(node.images.layers(scratch))
        .singleElement()
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.PATH)
        .isEmptyDirectory();
    assertThat(scratch.sizeBytes()).isPositive();
  }

  @Test
  void anIndexIsDescendedToThisPlatform() throws Exception {
    // Given
    var image = TestImage.of(BASE);
    registry.with("app", "unused", image);
    var platforms =
        new JsonArray()
            .add(entry(TestImage.of(OTHER), "s390x"))
            .add(entry(image, TestImage.architecture()));
    var index =
        TestImage.bytes(
            new JsonObject()
                .put("schemaVersion", 2)
                .put("mediaType", "application/vnd.oci.image.index.v1+json")
                .put("manifests", platforms));
    registry.manifest("app", "1", "application/vnd.oci.image.index.v1+json", index);

    // When
    var pulled = node.pull(reference("app:1"));

    // Then
    assertThat(pulled.id()).isEqualTo(image.id());
    assertThat(pulled.digests()).containsExactly(reference("app@" + TestImage.digest(index)));
  }

  private static JsonObject entry(TestImage image, String architecture) {
    return TestImage.descriptor(TestImage.MANIFEST_TYPE, image.manifest())
        .put("platform", new JsonObject().put("os", "linux").put("architecture", architecture));
  }

  @Test
  void aLayerThatIsHereIsConfirmedAndNotFetchedAgain() throws Exception {
    // Given
    var second = TestImage.of(BASE, TOP);
    registry.with("one", "1", TestImage.of(BASE)).with("two", "1", second);
    node.pull(reference("one:1"));
    registry.forget();

    // When
    node.pull(reference("two:1"));

    // Then
    assertThat(registry.heard("HEAD /v2/two/blobs/" + blob(second, 0))).hasSize(1);
    assertThat(registry.heard("GET /v2/two/blobs/" + blob(second, 0))).isEmpty();
    assertThat(registry.heard("GET /v2/two/blobs/" + blob(second, 1))).hasSize(1);
  }

  @Test
  void aLayerThatIsHereIsNoUseWithoutTheRegistrysLeave() throws Exception {
    // Given
    var stolen = TestImage.of(BASE);
    registry.with("one", "1", stolen).with("two", "1", stolen).without("two", blob(stolen, 0));
    node.pull(reference("one:1"));

    // When
    var fault = faultOf(node.start(call(), reference("two:1")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(node.images.find(reference("two:1"))).isEmpty();
  }

  @Test
  void aDiffIdThatIsOnlyClaimedProvesNothing() throws Exception {
    // Given
    registry.with("one", "1", TestImage.of(BASE));
    node.pull(reference("one:1"));
    var claimed = new JsonArray().add(TestImage.digest(BASE).value());
    registry.with(
        "liar",
        "1",
        TestImage.of(new JsonObject(), claimed, "+gzip", List.of(TarBytes.gzip(OTHER))));

    // When
    var fault = faultOf(node.start(call(), reference("liar:1")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("digest").hasMessageContaining("liar");
    assertThat(node.layers()).hasSize(1);
  }

  static Stream<Wrong> wrong() {
    var image = TestImage.of(BASE, TOP);
    var top = blob(image, 1);
    var truncated = TarBytes.gzip(TOP);
    return Stream.of(
        new Wrong("a damaged blob", image, r -> r.damaging(top), Kind.FAILED_PRECONDITION),
        new Wrong("a blob that ends early", image, r -> r.endingEarly(top), Kind.UNAVAILABLE),
        new Wrong("a cut connection", image, r -> r.breaking(top), Kind.UNAVAILABLE),
        new Wrong("a stall", image, r -> r.stalling(top), Kind.UNAVAILABLE),
        new Wrong("a missing blob", image, r -> r.without("app", top), Kind.NOT_FOUND),
        new Wrong(
            "truncated gzip",
            TestImage.of(
                new JsonObject(),
                new JsonArray().add(TestImage.digest(TOP).value()),
                "+gzip",
                List.of(Arrays.copyOf(truncated, truncated.length - 20))),
            r -> r,
            Kind.FAILED_PRECONDITION),
        new Wrong(
            "zstd",
            TestImage.of(
                new JsonObject(),
                new JsonArray().add(TestImage.digest(TOP).value()),
                "+zstd",
                List.of(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0})),
            r -> r,
            Kind.FAILED_PRECONDITION),
        new Wrong(
            "fewer diff_ids than layers",
            TestImage.of(new JsonObject(), new JsonArray(), "+gzip", List.of(TarBytes.gzip(TOP))),
            r -> r,
            Kind.FAILED_PRECONDITION),
        new Wrong(
            "another platform",
            TestImage.of(new JsonObject().put("architecture", "s390x"), TOP),
            r -> r,
            Kind.FAILED_PRECONDITION));
  }

  record Wrong(
      String name,
      TestImage image,
      java.util.function.UnaryOperator<FakeRegistry> trouble,
      Kind kind) {
    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void aFailedPullLeavesNothingAndTheNextOneSucceeds(Wrong wrong) throws Exception {
    // Given
    wrong.trouble().apply(registry.with("app", "1", wrong.image()));

    // When
    var fault = faultOf(node.start(call(), reference("app:1")));

    // Then
    assertThat(fault.kind()).as(fault.getMessage()).isEqualTo(wrong.kind());
    assertNothingLeft();
    registry.healed().with("app", "1", TestImage.of(BASE, TOP));
    assertThat(node.images.layers(node.pull(reference("app:1")))).hasSize(2);
  }

  @Test
  void aRegistryThatIsNotThereIsSaidToBeUnavailable() throws Exception {
    // When
    var fault = faultOf(node.start(call(), "127.0.0.1:1/app:1"));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(fault.getMessage()).startsWith("RegistryUnavailable: ");
  }

  @Test
  void aTagThatIsNotThereIsNotFound() throws Exception {
    // When
    var fault = faultOf(node.start(call(), reference("app:1")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(fault.getMessage()).startsWith("image: " + reference("app:1") + ": not found at ");
  }

  @Test
  void twoCallersShareOnePull() throws Exception {
    // Given
    var image = TestImage.of(BASE);
    registry.with("app", "1", image);
    var gate = registry.holding(blob(image, 0));

    // When
    var first = node.start(call(), reference("app:1"));
    var second = node.start(call(), reference("app:1"));
    gate.complete();

    // Then
    assertThat(await(first)).isEqualTo(await(second));
    assertThat(registry.heard("GET /v2/app/manifests/1")).hasSize(1);
    assertThat(registry.heard("GET /v2/app/blobs/" + blob(image, 0))).hasSize(1);
  }

  @Test
  void twoImagesShareTheDownloadOfALayer() throws Exception {
    // Given
    var one = TestImage.of(BASE);
    var two = TestImage.of(BASE, TOP);
    registry.with("one", "1", one).with("two", "1", two);
    var gate = registry.holding(blob(one, 0));

    // When
    var first = node.start(call(), reference("one:1"));
    var second = node.start(call(), reference("two:1"));
    assertThat(
            Waiting.until(
                Duration.ofSeconds(5),
                () -> !registry.heard("two/blobs/" + blob(two, 1)).isEmpty()))
        .isTrue();
    gate.complete();

    // Then
    await(first);
    await(second);
    assertThat(
            registry.heard("GET").stream()
                .filter(request -> request.line().endsWith(blob(one, 0).value())))
        .hasSize(1);
    assertThat(node.layers()).hasSize(2);
  }

  @Test
  void theLastCallerThatLetsGoCancels() throws Exception {
    // Given
    var image = TestImage.of(BASE, TOP);
    registry.with("app", "1", image).stalling(blob(image, 1));
    var calls = List.of(call(), call());
    var pulls = calls.stream().map(call -> node.start(call, reference("app:1"))).toList();
    assertThat(Waiting.until(Duration.ofSeconds(5), () -> unfinished() == 1)).isTrue();

    // When
    calls.getFirst().cancel("enough");
    var first = faultOf(pulls.getFirst());
    calls.getLast().cancel("enough");

    // Then
    assertThat(first.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(faultOf(pulls.getLast()).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertNothingLeft();
  }

  private int unfinished() {
    try {
      return node.unfinished().size();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void aMovedTagLeavesItsOldImage() throws Exception {
    // Given
    var old = TestImage.of(BASE);
    var fresh = TestImage.of(TOP);
    registry.with("app", "1", old);
    node.pull(reference("app:1"));

    // When
    registry.with("app", "1", fresh);
    node.pull(reference("app:1"));

    // Then
    assertThat(node.images.find(reference("app:1")).orElseThrow().id()).isEqualTo(fresh.id());
    assertThat(node.images.find(old.id().value()).orElseThrow().tags()).isEmpty();
    assertThat(node.images.list()).hasSize(2);
    node.restart();
    assertThat(node.images.find(old.id().value()).orElseThrow().tags()).isEmpty();
  }

  @Test
  void anImageFromTwoRegistriesIsOneWithBothNames() throws Exception {
    // Given
    var image = TestImage.of(BASE);
    registry.with("app", "1", image).with("copy", "2", image);

    // When
    node.pull(reference("app:1"));
    var both = node.pull(reference("copy:2"));

    // Then
    assertThat(both.tags()).containsExactly(reference("app:1"), reference("copy:2"));
    assertThat(both.digests()).hasSize(2);
    assertThat(node.images.list()).containsExactly(both);
  }

  @Test
  void removingByOneTagRemovesAllHoweverManyAsk() throws Exception {
    // Given
    var image = TestImage.of(BASE, TOP);
    registry
        .with("app", "1", image)
        .with("copy", "2", image)
        .with("other", "1", TestImage.of(BASE));
    node.pull(reference("app:1"));
    node.pull(reference("copy:2"));
    node.pull(reference("other:1"));

    // When
    var removals =
        IntStream.range(0, 5)
            .mapToObj(_ -> node.onLoop(() -> node.images.remove(call(), reference("copy:2"))))
            .toList();
    await(Future.all(removals));

    // Then
    assertThat(node.images.find(image.id().value())).isEmpty();
    assertThat(node.images.list()).hasSize(1);
    assertThat(node.layers()).as("that the other image stands on").hasSize(1);
    assertThat(node.state.factTypes()).containsOnlyOnce("ImageRemoved");
    await(node.onLoop(() -> node.images.remove(call(), reference("other:1"))));
    assertNothingLeft();
    assertThat(node.images.usage().bytes()).isZero();
  }

  @Test
  void whatAContainerStandsOnStaysUntilItGoes() throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE));
    var image = node.pull(reference("app:1"));
    var tree = node.images.layers(image).getFirst();
    node.held.addAll(image.layers());

    // When
    await(node.onLoop(() -> node.images.remove(call(), reference("app:1"))));

    // Then
    assertThat(node.images.list()).isEmpty();
    assertThat(tree).isDirectory();
    node.restart();
    assertThat(tree).isDirectory();
    node.held.clear();
    await(node.onLoop(() -> node.images.sweep(call())));
    assertNothingLeft();
  }

  @Test
  void aRemovalBesideACreationFreesNothingUnderIt() throws Exception {
    // Given: a creation that has seen the image and is not on record yet
    registry.with("app", "1", TestImage.of(BASE));
    var image = node.pull(reference("app:1"));
    var held = node.images.hold(reference("app:1")).orElseThrow();

    // When
    await(node.images.remove(call(), reference("app:1")));

    // Then
    assertThat(node.images.list()).isEmpty();
    assertThat(node.images.hold(reference("app:1"))).isEmpty();
    assertThat(node.file(image, "data/base")).exists();
    node.held.addAll(image.layers()); // on record
    held.letGo().run();
    await(node.images.sweep(call()));
    assertThat(node.file(image, "data/base")).exists();
    node.held.clear();
    await(node.images.sweep(call()));
    assertNothingLeft();
  }

  @Test
  void whatACreationGaveUpIsFreedBehindIt() throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE));
    node.pull(reference("app:1"));
    var held = node.images.hold(reference("app:1")).orElseThrow();
    await(node.images.remove(call(), reference("app:1")));

    // When
    held.letGo().run();
    held.letGo().run();

    // Then
    assertNothingLeft();
  }

  @Test
  void imagesSurviveARestart() throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE, TOP));
    var image = node.pull(reference("app:1"));
    var usage = node.images.usage();

    // When
    node.restart();

    // Then
    assertThat(node.images.list()).containsExactly(image);
    assertThat(node.images.usage()).isEqualTo(usage);
  }

  @ParameterizedTest
  @EnumSource(PullStep.class)
  void aStepThatFailsLeavesNothing(PullStep step) throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE, TOP));

    // When
    faultOf(node.start(call(step.id() + ":before=fail"), reference("app:1")));

    // Then
    assertNothingLeft();
    assertThat(node.pull(reference("app:1")).layers()).hasSize(2);
  }

  @Test
  void whatADeadDaemonLeftIsSweptAtTheStart() throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE)).with("kept", "1", TestImage.of(TOP));
    node.pull(reference("app:1"));
    var kept = node.pull(reference("kept:1"));
    var unrecorded = node.layersFolder().resolve("sha256/" + "a".repeat(64) + "/fs");
    Files.createDirectories(unrecorded);
    Files.createDirectories(node.layersFolder().resolve("tmp/draft-1/fs/deep/er"));
    Files.createDirectories(node.layersFolder().resolve("sha256/stranger"));
    var lost = node.layersFolder().resolve("sha256").resolve(TestImage.digest(BASE).hex());
    Files.move(lost, folder.resolve("lost"));

    // When
    node.restart();

    // Then
    assertThat(unrecorded).doesNotExist();
    assertThat(node.images.list()).as("all whose layers are here").containsExactly(kept);
    assertThat(Waiting.until(Duration.ofSeconds(5), () -> unfinished() == 0)).isTrue();
    assertThat(node.layers()).contains("stranger").hasSize(2);
    assertThat(node.pull(reference("app:1")).layers()).hasSize(1);
  }

  @Test
  void anUnreadableRecordIsSetAside() throws Exception {
    // Given
    registry.with("app", "1", TestImage.of(BASE));
    var image = node.pull(reference("app:1"));
    var row = node.state.row("image", image.id().value()).orElseThrow();
    node.state.with(
        new io.gantry.state.Row(
            "image", "nonsense", row.owner(), row.bootId(), row.requestHash(), row.body()));

    // When
    node.restart();

    // Then
    assertThat(node.images.list()).containsExactly(image);
    assertThat(node.state.setAside()).hasSize(1);
  }
}
