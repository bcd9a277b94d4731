package io.gantry.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of entries, those that are as they should be and those that mean harm. */
@Tag("root")
class LayerTreeIT {
  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Path root;
  private Path victim;

  @BeforeEach
  void prepare() throws IOException {
    root = Files.createDirectory(folder.resolve("fs"));
    Files.createDirectory(folder.resolve("aside"));
    victim = Files.createDirectory(folder.resolve("victim"));
    Files.writeString(victim.resolve("secret"), "untouched");
  }

  private LayerTree unpack(TarBytes tar) throws IOException {
    return unpack(tar.end());
  }

  private LayerTree unpack(byte[] archive) throws IOException {
    try (var tree = new LayerTree(root, folder.resolve("aside"))) {
      var reader = new TarReader(new ByteArrayInputStream(archive));
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        tree.apply(entry.get(), reader);
      }
      return tree;
    }
  }

  private static Object attribute(Path file, String name) throws IOException {
    return Files.getAttribute(file, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
  }

  private static int mode(Path file) throws IOException {
    return (int) attribute(file, "mode") & 07777;
  }

  private static long mtime(Path file) throws IOException {
    return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toMillis() / 1000;
  }

  private static boolean isWhiteout(Path file) throws IOException {
    return ((int) attribute(file, "mode") & 0170000) == 0020000
        && (long) attribute(file, "rdev") == 0;
  }

  /** All below a directory: names, kinds, modes, owners, times and contents. */
  private static Map<String, String> all(Path directory) throws IOException {
    var found = new TreeMap<String, String>();
    try (var files = Files.walk(directory)) {
      for (var file : (Iterable<Path>) files::iterator) {
        var kind = (int) attribute(file, "mode") & 0170000;
        found.put(
            directory.relativize(file).toString(),
            attribute(file, "mode")
                + " "
                + attribute(file, "uid")
                + " "
                + attribute(file, "nlink")
                + " "
                + mtime(file)
                + (kind == 0100000 ? " " + Files.readString(file) : ""));
      }
    }
    return found;
  }

  @Test
  void everyKindOfEntryIsMade() throws IOException {
    // Given
    var capability =
        new byte[] {1, 0, 0, 2, (byte) 0x80, (byte) 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    var tar =
        new TarBytes()
            .directory("./")
            .mode(0711)
            .add()
            .directory("usr/")
            .mode(0755)
            .owner(0, 0)
            .at(11)
            .add()
            .directory("usr/bin/")
            .mode(02755)
            .owner(1, 2)
            .at(22)
            .add()
            .file("usr/bin/tool", "content")
            .mode(04755)
            .owner(1000, 70_000)
            .at(33)
            .add()
            .file("usr/bin/ping", "p")
            .mode(0755)
            .xattr("security.capability", capability)
            .add()
            .hardlink("usr/bin/alias", "usr/bin/tool")
            .add()
            .symlink("usr/bin/link", "/no/where")
            .owner(3, 4)
            .at(44)
            .add()
            .entry('3', "null")
            .mode(0666)
            .device(1, 3)
            .add()
            .entry('4', "disk")
            .mode(0660)
            .device(259, 300)
            .add()
            .entry('6', "pipe")
            .mode(0622)
            .owner(5, 6)
            .add();

    // When
    var tree = unpack(tar);

    // Then
    var tool = root.resolve("usr/bin/tool");
    assertThat(mode(root)).isEqualTo(0711);
    assertThat(mode(root.resolve("usr/bin"))).isEqualTo(02755);
    assertThat(attribute(root.resolve("usr/bin"), "gid")).isEqualTo(2);
    assertThat(tool).hasContent("content");
    assertThat(mode(tool)).isEqualTo(04755);
    assertThat(attribute(tool, "uid")).isEqualTo(1000);
    assertThat(attribute(tool, "gid")).isEqualTo(70_000);
    assertThat(attribute(tool, "nlink")).isEqualTo(2);
    assertThat(mtime(tool)).isEqualTo(33);
    assertThat(mtime(root.resolve("usr/bin"))).as("despite its files").isEqualTo(22);
    assertThat(mtime(root.resolve("usr"))).isEqualTo(11);
    assertThat(Files.readSymbolicLink(root.resolve("usr/bin/link"))).hasToString("/no/where");
    assertThat(attribute(root.resolve("usr/bin/link"), "uid")).isEqualTo(3);
    assertThat(mtime(root.resolve("usr/bin/link"))).isEqualTo(44);
    assertThat(attribute(root.resolve("null"), "rdev")).isEqualTo(1L << 8 | 3);
    assertThat(attribute(root.resolve("disk"), "rdev"))
        .isEqualTo((300L & ~0xff) << 12 | 259L << 8 | (300 & 0xff));
    assertThat(mode(root.resolve("pipe"))).isEqualTo(0622);
    assertThat(Xattr.get(root.resolve("usr/bin/ping"), "security.capability"))
        .isEqualTo(capability);
    assertThat(tree.inodes()).isEqualTo(9);
    assertThat(tree.bytes()).isEqualTo(5 * 4096);
  }

  @Test
  void deletionsTakeOverlaysForm() throws IOException {
    // When
    var tree =
        unpack(
            new TarBytes()
                .file("etc/.wh.passwd", "")
                .add()
                .directory("var/")
                .add()
                .file("var/kept", "of this layer")
                .add()
                .file("var/.wh..wh..opq", "")
                .add()
                .file("lib/.wh..wh.aufs", "")
                .add()
                .file(".wh..wh.plnk/12.34", "")
                .add());

    // Then
    assertThat(isWhiteout(root.resolve("etc/passwd"))).isTrue();
    assertThat(Xattr.get(root.resolve("var"), "trusted.overlay.opaque")).asString().isEqualTo("y");
    assertThat(root.resolve("var/kept")).hasContent("of this layer");
    assertThat(root.resolve("lib")).doesNotExist();
    assertThat(root.resolve(".wh..wh.plnk")).doesNotExist();
    assertThat(tree.opaque()).isFalse();
  }

  @Test
  void aDeletionIsOfLowerLayersOnly() throws IOException {
    // When
    unpack(
        new TarBytes()
            .file("etc/.wh.a", "")
            .add()
            .directory("etc/a")
            .add()
            .file("etc/a/new", "n")
            .add()
            .directory("etc/b")
            .add()
            .file("etc/b/own", "o")
            .add()
            .file("etc/.wh.b", "")
            .add()
            .file("etc/c", "own")
            .add()
            .file("etc/.wh.c", "")
            .add()
            .file("etc/.wh.d", "")
            .add()
            .file("etc/d/implied", "i")
            .add()
            .file("etc/.wh.e", "")
            .add()
            .file("etc/e", "again")
            .add());

    // Then
    for (var hiding : new String[] {"a", "b", "d"}) {
      var directory = root.resolve("etc").resolve(hiding);
      assertThat(Xattr.get(directory, "trusted.overlay.opaque"))
          .as(hiding)
          .asString()
          .isEqualTo("y");
    }
    assertThat(root.resolve("etc/a/new")).hasContent("n");
    assertThat(root.resolve("etc/b/own")).hasContent("o");
    assertThat(root.resolve("etc/c")).hasContent("own");
    assertThat(root.resolve("etc/d/implied")).hasContent("i");
    assertThat(root.resolve("etc/e")).hasContent("again");
  }

  @Test
  void aMarkAtTheRootHidesAllBelow() throws IOException {
    // When
    var tree = unpack(new TarBytes().file(".wh..wh..opq", "").add());

    // Then
    assertThat(tree.opaque()).isTrue();
  }

  @Test
  void aLaterEntryReplacesAnEarlierOne() throws IOException {
    // When
    unpack(
        new TarBytes()
            .file("a", "first")
            .add()
            .file("a", "second")
            .add()
            .directory("d")
            .add()
            .file("d/inside", "x")
            .add()
            .symlink("d", "a")
            .add()
            .symlink("s", "a")
            .add()
            .directory("s")
            .add()
            .file("s/inside", "y")
            .add()
            .file("same", "one")
            .add()
            .hardlink("same", "same")
            .add()
            .directory("kept")
            .mode(0700)
            .add()
            .file("kept/file", "z")
            .add()
            .directory("kept")
            .mode(0750)
            .at(77)
            .add());

    // Then
    assertThat(root.resolve("a")).hasContent("second");
    assertThat(Files.isSymbolicLink(root.resolve("d"))).isTrue();
    assertThat(root.resolve("s/inside")).hasContent("y");
    assertThat(root.resolve("same")).hasContent("one");
    assertThat(root.resolve("kept/file")).hasContent("z");
    assertThat(mode(root.resolve("kept"))).isEqualTo(0750);
    assertThat(mtime(root.resolve("kept"))).isEqualTo(77);
  }

  @Test
  void linksAreFollowedInsideTheRoot() throws IOException {
    // When
    unpack(
        new TarBytes()
            .directory("run/")
            .add()
            .symlink("var/run", "/run")
            .add()
            .file("var/run/a", "there")
            .add()
            .symlink("var/lock", "../../../../run/lock")
            .add()
            .file("var/lock/deep/b", "made")
            .add()
            .symlink("loop", "loop/x")
            .add());

    // Then
    assertThat(root.resolve("run/a")).hasContent("there");
    assertThat(root.resolve("run/lock/deep/b")).hasContent("made");
    assertThat(mode(root.resolve("run/lock"))).isEqualTo(0755);
    assertThatThrownBy(() -> unpack(new TarBytes().file("loop/y", "").add()))
        .isInstanceOf(RuntimeFault.class);
  }

  @Test
  void longAndOddNamesSurvive() throws IOException {
    // Given
    var deep = Stream.generate(() -> "d".repeat(50)).limit(60).reduce("top", (a, b) -> a + "/" + b);
    var odd =
        new String(new byte[] {'x', (byte) 0xff, (byte) 0x80, '\n'}, StandardCharsets.ISO_8859_1);

    // When
    unpack(
        new TarBytes()
            .file("short", "long")
            .pax("path", deep)
            .add()
            .entry('0', "short")
            .pax("path", odd.getBytes(StandardCharsets.ISO_8859_1))
            .add());

    // Then
    assertThat(root.resolve(deep)).hasContent("long");
    try (var files = Files.list(root)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void overlaysOwnAttributesAndLabelsStayOut() throws IOException {
    // When
    var value = "v".getBytes(StandardCharsets.UTF_8);
    unpack(
        new TarBytes()
            .file("f", "")
            .xattr("user.note", value)
            .xattr("trusted.overlay.redirect", value)
            .xattr("user.overlay.opaque", value)
            .xattr("security.selinux", value)
            .add());

    // Then
    assertThat(Xattr.names(root.resolve("f"))).containsExactly("user.note");
  }

  static Stream<TarBytes> hostile() {
    return Stream.of(
        new TarBytes().file("../victim/secret", "owned").add(),
        new TarBytes().file("a/../../victim/secret", "owned").add(),
        new TarBytes().file("/../victim/secret", "owned").add(),
        new TarBytes().symlink("v", "../victim").add().file("v/secret", "owned").add(),
        new TarBytes().symlink("v", "../victim").add().file("v/new", "owned").add(),
        new TarBytes().symlink("v", "../victim").add().directory("v/newdir").add(),
        new TarBytes().symlink("v", "../victim").add().entry('3', "v/dev").device(1, 3).add(),
        new TarBytes().symlink("v", "../victim").add().entry('6', "v/fifo").add(),
        new TarBytes().symlink("v", "../victim").add().symlink("v/link", "x").add(),
        new TarBytes().symlink("v", "../victim").add().file("v/.wh.secret", "").add(),
        new TarBytes().symlink("v", "../victim").add().file("v/.wh..wh..opq", "").add(),
        new TarBytes().symlink("v", "../victim").add().directory("v").mode(0).owner(9, 9).add(),
        new TarBytes().symlink("v", "../victim/secret").add().file("v", "owned").add(),
        new TarBytes()
            .symlink("v", "../victim/secret")
            .add()
            .hardlink("h", "v")
            .add()
            .file("h", "owned")
            .add(),
        new TarBytes().hardlink("h", "../victim/secret").add().file("h", "owned").add(),
        new TarBytes()
            .symlink("v", "../victim")
            .add()
            .hardlink("h", "v/secret")
            .add()
            .entry('0', "h")
            .mode(07777)
            .owner(9, 9)
            .add(),
        new TarBytes()
            .symlink("v", "..")
            .add()
            .symlink("w", "v/victim")
            .add()
            .file("w/secret", "owned")
            .add(),
        new TarBytes()
            .symlink("v", "/proc/self/cwd/../../../../..")
            .add()
            .file("v/tmp/owned", "x")
            .add(),
        new TarBytes().symlink("v", "/proc/self/root").add().file("v/owned", "x").add(),
        new TarBytes().file(".wh...", "").add(),
        new TarBytes().file(".wh..", "").add(),
        new TarBytes().file("a/.wh...", "").add(),
        new TarBytes().file("f", "").pax("uid", "4294967295").add(),
        new TarBytes().file("f", "").pax("gid", "-1").add(),
        new TarBytes().file("f\0g", "").pax("path", "f\0/../../victim/secret").add(),
        new TarBytes()
            .symlink("d", "../victim")
            .add()
            .directory("d/")
            .add()
            .file("d/secret", "owned")
            .add());
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void nothingOutsideTheRootIsTouched(TarBytes tar) throws IOException {
    // Given
    var before = all(victim);
    var around = names(folder);

    // When
    assertThatCode(
            () -> {
              try {
                unpack(tar);
              } catch (RuntimeFault refused) {
                assertThat(refused.kind()).isEqualTo(RuntimeFault.Kind.FAILED_PRECONDITION);
              }
            })
        .doesNotThrowAnyException();

    // Then
    assertThat(all(victim)).isEqualTo(before);
    assertThat(names(folder)).isEqualTo(around);
    assertThat(attribute(victim, "uid")).isEqualTo(0);
    assertThat(Path.of("/tmp/owned")).doesNotExist();
    assertThat(Path.of("/owned")).doesNotExist();
  }

  private static java.util.List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
