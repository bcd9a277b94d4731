package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Mounts.Mount;
import io.gantry.host.Namespaces.Wanted;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("root")
class LinuxMountsIT extends OnLinux {
  /** The two ways of mounting an overlay, whichever this kernel would choose. */
  enum Way {
    BY_OPTIONS,
    BY_DATA
  }

  private final Mounts mounts = host.mounts();

  private final EpollLoop loop = new EpollLoop();
  private final Overlay byData =
      new Overlay(Pool.of(vertx, "gantry-kernel", 1), new OwnThread(vertx, loop));

  @TempDir Path directory;

  @AfterEach
  void unmountAll() {
    Answers.of(loop.close());
    for (var mount : Answers.of(mounts.below(directory)).reversed()) {
      Answers.of(mounts.unmount(mount.target()));
    }
  }

  private static Mounts.Shown shown(Path users) {
    return new Mounts.Shown(Optional.of(users), Optional.empty());
  }

  /** An overlay of directories that each hold a file of their own name and one called common. */
  private final class Stack {
    final List<Path> layers = new ArrayList<>();
    final Path upper;
    final Path work;
    final Path target;

    Stack(Path base, int count, String suffix) throws IOException {
      upper = Files.createDirectories(base.resolve("upper"));
      work = Files.createDirectories(base.resolve("work"));
      target = Files.createDirectories(base.resolve("merged"));
      for (var i = 0; i < count; i++) {
        var layer = Files.createDirectories(base.resolve("layers").resolve(i + suffix));
        Files.writeString(layer.resolve("f" + i), "" + i);
        Files.writeString(layer.resolve("common"), "" + i);
        layers.addFirst(layer);
      }
    }

    Future<Void> mount(Way way, Path users) {
      var parts = new Overlay.Parts(layers, Optional.of(users), upper, work, target);
      return switch (way) {
        case BY_OPTIONS -> mounts.overlay(layers, shown(users), upper, work, target);
        case BY_DATA -> byData.idMapped(parts, users).compose(byData::byData);
      };
    }

    Future<Void> mount(Way way) {
      return switch (way) {
        case BY_OPTIONS -> mounts.overlay(layers, upper, work, target);
        case BY_DATA ->
            byData.byData(new Overlay.Parts(layers, Optional.empty(), upper, work, target));
      };
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BY_OPTIONS, 1",
    "BY_OPTIONS, 127",
    "BY_OPTIONS, 300",
    "BY_DATA, 1",
    "BY_DATA, 127",
    "BY_DATA, 300"
  })
  void overlayShowsAllLayersTheTopmostFirst(Way way, int count) throws IOException {
    // Given: names as long as digests
    var stack = new Stack(directory, count, "-" + "d".repeat(64) + "/fs");

    // When
    Answers.of(stack.mount(way));

    // Then
    assertThat(stack.target.resolve("f0")).hasContent("0");
    assertThat(stack.target.resolve("f" + (count - 1))).hasContent("" + (count - 1));
    assertThat(stack.target.resolve("common")).hasContent("" + (count - 1));
    Files.writeString(stack.target.resolve("new"), "x");
    assertThat(stack.upper.resolve("new")).hasContent("x");
  }

  @ParameterizedTest
  @EnumSource
  void whiteoutHidesWhatLiesBelow(Way way) throws Exception {
    // Given
    var stack = new Stack(directory, 2, "");
    var whiteout = stack.layers.getFirst().resolve("f0");
    Answers.of(
        host.processes()
            .run(
                call(),
                Command.of(Path.of("/bin/mknod"), List.of(whiteout.toString(), "c", "0", "0")),
                Buffer.buffer(),
                100));

    // When
    Answers.of(stack.mount(way));

    // Then
    assertThat(stack.target.resolve("f0")).doesNotExist();
    assertThat(stack.target.resolve("f1")).exists();
  }

  @ParameterizedTest
  @EnumSource
  void overlayMountsWhateverTheNames(Way way) throws IOException {
    // Given
    var base = directory.resolve("a,b:c\\d e\"f'ü=");
    var stack = new Stack(base, 3, ",x:y\\z w");

    // When
    Answers.of(stack.mount(way));

    // Then
    assertThat(stack.target.resolve("f0")).hasContent("0");
    Files.writeString(stack.target.resolve("new"), "x");
    assertThat(stack.upper.resolve("new")).hasContent("x");
    assertThat(Answers.of(mounts.below(base)))
        .extracting(Mount::target)
        .containsExactly(stack.target);
  }

  @ParameterizedTest
  @EnumSource
  void overlayMountsHoweverLongTheNames(Way way) throws IOException {
    // Given: longer than the 256 bytes that an option takes
    var base = directory.resolve("l".repeat(200)).resolve("m".repeat(200));
    var stack = new Stack(base, 40, "-" + "n".repeat(120));

    // When
    Answers.of(stack.mount(way));

    // Then
    assertThat(stack.target.resolve("f39")).hasContent("39");
    Files.writeString(stack.target.resolve("new"), "x");
    assertThat(stack.upper.resolve("new")).hasContent("x");
  }

  @ParameterizedTest
  @CsvSource({"BY_OPTIONS, 1", "BY_OPTIONS, 127", "BY_DATA, 1", "BY_DATA, 127"})
  void layersBelongToTheRootOfTheUserNamespace(Way way, int count) throws IOException {
    // Given
    var stack = new Stack(directory, count, "-" + "d".repeat(64) + "/fs");
    Files.setAttribute(stack.layers.getFirst().resolve("common"), "unix:uid", 7);
    Files.setAttribute(stack.upper, "unix:uid", 5000);
    var pins = Files.createDirectories(directory.resolve("ns"));
    var users =
        new IdMappings(List.of(new IdMapping(0, 5000, 100)), List.of(new IdMapping(0, 6000, 100)));
    Answers.of(
        host.namespaces()
            .create(
                new Wanted(
                    pins,
                    Set.of(Namespaces.Kind.USER),
                    Optional.of(users),
                    Optional.empty(),
                    Map.of())));

    // When
    Answers.of(stack.mount(way, pins.resolve("user")));

    // Then
    assertThat(owner(stack.target)).isEqualTo(5000);
    assertThat(owner(stack.target.resolve("f0"))).isEqualTo(5000);
    assertThat(owner(stack.target.resolve("common"))).isEqualTo(5007);
    assertThat(Files.getAttribute(stack.target.resolve("f0"), "unix:gid")).isEqualTo(6000);
    Files.writeString(stack.target.resolve("common"), "changed");
    assertThat(owner(stack.upper.resolve("common"))).as("of what was copied up").isEqualTo(5007);
    assertThat(owner(stack.layers.getFirst().resolve("common"))).isEqualTo(7);
    Answers.of(mounts.unmount(stack.target));
    assertThat(Answers.of(mounts.below(stack.target))).isEmpty();
  }

  private static int owner(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:uid");
  }

  @Test
  void mappedOverlayThatFailsLeavesNoMount() throws IOException {
    // Given
    var stack = new Stack(directory, 2, "");
    stack.layers.add(directory.resolve("layers").resolve("missing"));
    var pins = Files.createDirectories(directory.resolve("ns"));
    var ids = List.of(new IdMapping(0, 5000, 100));
    Answers.of(
        host.namespaces()
            .create(
                new Wanted(
                    pins,
                    Set.of(Namespaces.Kind.USER),
                    Optional.of(new IdMappings(ids, ids)),
                    Optional.empty(),
                    Map.of())));

    // When
    var fault = faultOf(stack.mount(Way.BY_OPTIONS, pins.resolve("user")));

    // Then
    assertThat(fault).hasMessageContaining("missing");
    assertThat(Answers.of(mounts.below(stack.target))).isEmpty();
  }

  @Test
  void workingDirectoryOfTheDaemonStaysWhereItWas() throws IOException {
    // Given
    var before = Path.of("/proc/self/cwd").toRealPath();

    // When
    Answers.of(new Stack(directory, 2, "").mount(Way.BY_DATA));

    // Then
    assertThat(Path.of("/proc/self/cwd").toRealPath()).isEqualTo(before);
  }

  @Test
  void overlayOfAMissingLayerSaysWhichAndMountsNothing() throws IOException {
    // Given
    var stack = new Stack(directory, 2, "");
    stack.layers.add(directory.resolve("missing"));

    // When
    var fault = faultOf(stack.mount(Way.BY_OPTIONS));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(fault).hasMessageContaining(directory.resolve("missing").toString());
    assertThat(Answers.of(mounts.below(directory))).isEmpty();
  }

  @Test
  void overlayWithoutLayersIsRefused() throws IOException {
    // When
    var fault = faultOf(new Stack(directory, 0, "").mount(Way.BY_OPTIONS));

    // Then
    assertThat(fault).hasMessage("overlay: 0 layers (expected: 1 to 500)");
  }

  @Test
  void tmpfsHasItsSizeAndRunsNothing() throws IOException {
    // When
    Answers.of(mounts.tmpfs(directory, Map.of("size", "64k", "mode", "700")));

    // Then
    var mount = Answers.of(mounts.below(directory)).getFirst();
    assertThat(mount.type()).isEqualTo("tmpfs");
    assertThat(mount.options()).contains("nosuid", "nodev", "noexec", "size=64k", "mode=700");
    assertThat(Files.getFileStore(directory).getTotalSpace()).isEqualTo(65536);
  }

  @Test
  void optionThatIsTwoIsRefused() {
    // When
    var fault = faultOf(mounts.tmpfs(directory, Map.of("size", "64k,suid")));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void bindShowsADirectoryOrAFileElsewhere() throws IOException {
    // Given
    var source = Files.createDirectory(directory.resolve("source"));
    var file = Files.writeString(source.resolve("file"), "x");
    var target = Files.createDirectory(directory.resolve("target"));
    var other = Files.createFile(directory.resolve("other"));

    // When
    Answers.of(mounts.bind(source, target, false));
    Answers.of(mounts.bind(file, other, false));

    // Then
    assertThat(target.resolve("file")).hasContent("x");
    assertThat(other).hasContent("x");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bindTakesInnerMountsAlongIfTold(boolean recursive) throws IOException {
    // Given
    var source = Files.createDirectory(directory.resolve("source"));
    var inner = Files.createDirectory(source.resolve("inner"));
    var target = Files.createDirectory(directory.resolve("target"));
    Answers.of(mounts.tmpfs(inner, Map.of()));
    Files.createFile(inner.resolve("file"));

    // When
    Answers.of(mounts.bind(source, target, recursive));

    // Then
    assertThat(Files.exists(target.resolve("inner/file"))).isEqualTo(recursive);
  }

  @Test
  void unmountTakesAwayAllThatIsStackedAndThenNothing() {
    // Given
    Answers.of(mounts.tmpfs(directory, Map.of()));
    Answers.of(mounts.tmpfs(directory, Map.of()));

    // When
    Answers.of(mounts.unmount(directory));

    // Then
    assertThat(Answers.of(mounts.below(directory))).isEmpty();
    Answers.of(mounts.unmount(directory));
    Answers.of(mounts.unmount(directory.resolve("missing")));
  }

  @Test
  void linkIsNotFollowedByUnmount() throws IOException {
    // Given
    var mounted = Files.createDirectory(directory.resolve("mounted"));
    Answers.of(mounts.tmpfs(mounted, Map.of()));
    var link = Files.createSymbolicLink(directory.resolve("link"), mounted);

    // When
    Answers.of(mounts.unmount(link));

    // Then
    assertThat(Answers.of(mounts.below(mounted))).hasSize(1);
  }

  @Test
  void neighbourWithALongerNameIsNotBelow() throws IOException {
    // Given
    var one = Files.createDirectory(directory.resolve("a"));
    var other = Files.createDirectory(directory.resolve("ab"));
    Answers.of(mounts.tmpfs(one, Map.of()));
    Answers.of(mounts.tmpfs(other, Map.of()));

    // When
    var below = Answers.of(mounts.below(one));

    // Then
    assertThat(below).extracting(Mount::target).containsExactly(one);
  }

  @Test
  void answersComeOnTheContextOfTheCaller() throws IOException {
    // Given
    var context = vertx.getOrCreateContext();
    var done = Promise.<Boolean>promise();
    var stack = new Stack(directory, 2, "");

    // When
    context.runOnContext(
        _ ->
            stack
                .mount(Way.BY_DATA)
                .map(_ -> Vertx.currentContext() == context)
                .compose(
                    before ->
                        mounts
                            .unmount(stack.target)
                            .map(_ -> before && Vertx.currentContext() == context))
                .onComplete(done));

    // Then
    assertThat(Answers.of(done.future())).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"BY_OPTIONS, 1", "BY_OPTIONS, 127", "BY_DATA, 1", "BY_DATA, 127"})
  void anOverlayWithoutAnUpperDirectoryShowsAllAndTakesNothing(Way way, int count)
      throws IOException {
    // Given
    var stack = new Stack(directory, count, "");
    var parts = Overlay.Parts.readOnly(stack.layers, Optional.empty(), stack.target);

    // When
    Answers.of(
        way == Way.BY_DATA ? byData.byData(parts) : mounts.overlay(stack.layers, stack.target));

    // Then
    assertThat(stack.target.resolve("common")).hasContent("" + (count - 1));
    assertThat(stack.target.resolve("f0")).hasContent("0");
    assertThatThrownBy(() -> Files.createFile(stack.target.resolve("new")))
        .hasMessageContaining("Read-only");
    assertThat(Answers.of(mounts.at(stack.target)).type()).isEqualTo("overlay");
  }

  @Test
  void aDirectoryIsBoundFromInsideItsRootWhateverLinksSay() throws IOException {
    // Given: links that lead out of the root, if they were followed as they stand
    var root = Files.createDirectories(directory.resolve("root"));
    Files.createDirectories(root.resolve("etc/app"));
    Files.writeString(root.resolve("etc/app/inside"), "");
    Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc"));
    Files.createSymbolicLink(root.resolve("climbing"), Path.of("../../../../../etc"));
    Files.writeString(root.resolve("file"), "");
    var target = Files.createDirectories(directory.resolve("target"));

    for (var inner : List.of("etc/app", "absolute/app", "climbing/app", "/etc/./app/")) {
      // When
      Answers.of(mounts.bindWithin(root, inner, target));

      // Then
      assertThat(target.resolve("inside")).as(inner).exists();
      Answers.of(mounts.unmount(target));
    }
    for (var inner : List.of("missing", "file", "absolute/passwd")) {
      assertThat(faultOf(mounts.bindWithin(root, inner, target)).kind())
          .as(inner)
          .isEqualTo(Kind.NOT_FOUND);
    }
  }

  @Test
  void aTreeIsCopiedFromInsideItsRootWithAllThatFilesHave() throws Exception {
    // Given
    var root = Files.createDirectories(directory.resolve("root"));
    var data = Files.createDirectories(root.resolve("srv/data"));
    Files.createSymbolicLink(root.resolve("var"), Path.of("/srv"));
    Files.writeString(data.resolve("file"), "content");
    Files.setAttribute(data.resolve("file"), "unix:uid", 12);
    Files.setAttribute(data.resolve("file"), "unix:gid", 34);
    Files.setAttribute(data.resolve("file"), "unix:mode", 04711);
    Files.setAttribute(data.resolve("file"), "user:note", "kept".getBytes(UTF_8));
    Files.createLink(data.resolve("again"), data.resolve("file"));
    Files.createSymbolicLink(data.resolve("out"), Path.of("/etc/passwd"));
    Files.setAttribute(data, "unix:mode", 01777);
    Files.setLastModifiedTime(data, FileTime.from(Instant.ofEpochSecond(1000)));
    var to = directory.resolve("copy");

    // When
    var found = Answers.of(host.disk().copyWithin(root, "var/data", to));

    // Then
    assertThat(found).isEqualTo(Path.of("/srv/data"));
    assertThat(Files.readAttributes(to.resolve("file"), "unix:uid,gid,mode,nlink"))
        .containsEntry("uid", 12)
        .containsEntry("gid", 34)
        .containsEntry("mode", 0104711)
        .containsEntry("nlink", 2);
    assertThat((byte[]) Files.getAttribute(to.resolve("file"), "user:note"))
        .asString()
        .isEqualTo("kept");
    assertThat(to.resolve("again")).hasContent("content");
    assertThat(Files.readSymbolicLink(to.resolve("out"))).isEqualTo(Path.of("/etc/passwd"));
    assertThat((int) Files.getAttribute(to, "unix:mode") & 07777).isEqualTo(01777);
    assertThat(Files.getLastModifiedTime(to).toInstant()).isEqualTo(Instant.ofEpochSecond(1000));
  }

  @Test
  void whatIsNotThereToCopyIsAnEmptyDirectoryUnlessALinkLeadsToIt() throws Exception {
    // Given
    var root = Files.createDirectories(directory.resolve("root"));
    Files.createSymbolicLink(root.resolve("broken"), Path.of("/proc"));
    Files.createDirectories(root.resolve("srv"));
    Files.createSymbolicLink(root.resolve("whole"), Path.of("/srv"));
    Files.writeString(root.resolve("file"), "");

    // When
    var found = Answers.of(host.disk().copyWithin(root, "a/b", directory.resolve("copy")));

    // Then
    assertThat(found).isEqualTo(Path.of("/a/b"));
    assertThat(directory.resolve("copy")).isEmptyDirectory();
    assertThat(Answers.of(host.disk().copyWithin(root, "whole/new", directory.resolve("new"))))
        .isEqualTo(Path.of("/srv/new"));
    for (var inner : List.of("broken", "file", "broken/sys")) {
      assertThat(faultOf(host.disk().copyWithin(root, inner, directory.resolve("no"))).kind())
          .as(inner)
          .isEqualTo(Kind.FAILED_PRECONDITION);
    }
    assertThat(directory.resolve("no")).doesNotExist();
  }

  @Test
  void thisKernelChangesMountsWithAllBelowThem() {
    assertThat(mounts.recursiveAttributes()).isTrue();
  }

  @Test
  void aSingleLayerIsNotShownWithUsersAndALabelAtOnce() throws IOException {
    // Given
    var layer = Files.createDirectories(directory.resolve("layer"));
    var target = Files.createDirectories(directory.resolve("target"));
    var shown =
        new Mounts.Shown(
            Optional.of(Path.of("/proc/self/ns/user")), Optional.of("u:object_r:t:s0"));

    // When
    var fault = faultOf(mounts.overlay(List.of(layer), shown, target));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("a single layer with other users and an SELinux label");
  }

  @Test
  void aLabelIsOneOptionForAllItsCommas() {
    assertThat(Overlay.context("u:object_r:t:s0:c1,c2"))
        .isEqualTo("context=\"u:object_r:t:s0:c1,c2\"");
    assertThatThrownBy(() -> Overlay.context("u\",lowerdir=/etc"))
        .hasMessageEndingWith("(expected: a label)");
  }
}
