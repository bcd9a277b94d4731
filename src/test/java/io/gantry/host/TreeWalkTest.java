package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeWalkTest {
  @TempDir private Path folder;

  @Test
  void countsTheBlocksThatAreThere() throws IOException {
    // Given
    var tree = Files.createDirectories(folder.resolve("tree"));
    try (var file = new RandomAccessFile(tree.resolve("sparse").toFile(), "rw")) {
      file.setLength(1L << 30);
    }
    Files.write(tree.resolve("full"), new byte[100_000]);

    // When
    var usage = walked(tree);

    // Then
    assertThat(usage.inodes()).isEqualTo(3);
    assertThat(usage.bytes()).isBetween(100_000L, 200_000L);
  }

  @Test
  void aFileOfSeveralNamesIsCountedOnce() throws IOException {
    // Given
    var tree = Files.createDirectories(folder.resolve("tree"));
    Files.write(tree.resolve("one"), new byte[300_000]);
    Files.createDirectories(tree.resolve("sub"));
    Files.createLink(tree.resolve("two"), tree.resolve("one"));
    Files.createLink(tree.resolve("sub/three"), tree.resolve("one"));

    // When
    var usage = walked(tree);

    // Then
    assertThat(usage.inodes()).isEqualTo(3);
    assertThat(usage.bytes()).isBetween(300_000L, 400_000L);
  }

  @Test
  void linksLeadNowhere() throws IOException {
    // Given
    var tree = Files.createDirectories(folder.resolve("tree"));
    Files.write(folder.resolve("outside"), new byte[300_000]);
    Files.createSymbolicLink(tree.resolve("file"), folder.resolve("outside"));
    Files.createSymbolicLink(tree.resolve("directory"), Path.of("/proc"));
    Files.createSymbolicLink(tree.resolve("nowhere"), Path.of("gone"));

    // When
    var usage = walked(tree);

    // Then
    assertThat(usage.inodes()).isEqualTo(4);
    assertThat(usage.bytes()).isLessThan(100_000);
  }

  @Test
  void walksOnWhereItPaused() throws IOException {
    // Given
    var tree = Files.createDirectories(folder.resolve("tree"));
    for (var i = 0; i < 25; i++) {
      Files.createFile(Files.createDirectories(tree.resolve("d" + i)).resolve("file"));
    }
    var goes = 0;

    // When
    try (var walk = TreeWalk.of(tree)) {
      while (!walk.further(10)) {
        goes++;
      }

      // Then
      assertThat(walk.usage().inodes()).isEqualTo(51);
      assertThat(goes).isGreaterThanOrEqualTo(5);
    }
  }

  @Test
  void whatIsDeletedMeanwhileIsLeftOut() throws IOException {
    // Given
    var tree = Files.createDirectories(folder.resolve("tree"));
    for (var i = 0; i < 3; i++) {
      Files.createFile(Files.createDirectories(tree.resolve("d" + i)).resolve("file"));
    }

    // When
    try (var walk = TreeWalk.of(tree)) {
      TreeRemoval.delete(tree);

      // Then
      assertThat(walk.further(1000)).isTrue();
      assertThat(walk.usage().inodes()).isEqualTo(1);
    }
  }

  @Test
  void aTreeTooDeepToWalkIsCountedAsFarAsItIsWalked() throws IOException {
    // Given
    var deep = folder.resolve("tree");
    for (var i = 0; i < TreeWalk.LEVELS_MAX + 20; i++) {
      deep = deep.resolve("d");
    }
    Files.createDirectories(deep);

    // When
    var usage = walked(folder.resolve("tree"));

    // Then
    assertThat(usage.inodes()).isEqualTo(TreeWalk.LEVELS_MAX + 1);
  }

  @Test
  void noTreeTakesNothing() throws IOException {
    assertThat(walked(folder.resolve("gone"))).isEqualTo(new TreeUsage(0, 0));
  }

  @Test
  void tellsTheFileSystemOfAPath() throws IOException {
    // When
    var space = MountTable.space(folder);

    // Then
    assertThat(space.device()).isNotEmpty();
    assertThat(space.bytes()).isGreaterThan(space.bytesFree());
    assertThat(space.bytes()).isEqualTo(Files.getFileStore(folder).getTotalSpace());
    assertThat(space.inodes()).isGreaterThanOrEqualTo(space.inodesFree());
  }

  private static TreeUsage walked(Path tree) throws IOException {
    try (var walk = TreeWalk.of(tree)) {
      assertThat(walk.further(Integer.MAX_VALUE)).isTrue();
      return walk.usage();
    }
  }
}
