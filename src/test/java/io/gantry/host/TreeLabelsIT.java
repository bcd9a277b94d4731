package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Without SELinux the kernel keeps labels as any attribute of root's: what is asked is the walk.
 */
@Tag("root")
class TreeLabelsIT extends OnLinux {
  private static final String LABEL = "system_u:object_r:container_file_t:s0:c1,c2";

  @TempDir private Path folder;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectories(folder.toRealPath().resolve("tree"));
  }

  @AfterEach
  void unmount() {
    Answers.of(host.mounts().unmount(tree.resolve("mounted")));
  }

  @Test
  void everyKindOfFileGetsItAndWhatALinkLeadsToDoesNot() throws IOException {
    // Given
    var outside = Files.createDirectories(folder.resolve("outside"));
    Files.createDirectories(tree.resolve("a/b/c"));
    Files.writeString(tree.resolve("a/b/file"), "");
    Files.writeString(outside.resolve("file"), "");
    Files.createSymbolicLink(tree.resolve("a/link"), outside.resolve("file"));
    Files.createSymbolicLink(tree.resolve("a/directory"), outside);
    Files.createSymbolicLink(tree.resolve("a/broken"), Path.of("nowhere"));
    Answers.of(host.fifos().make(tree.resolve("fifo")));

    // When
    label(tree);

    // Then
    for (var path :
        List.of("", "a", "a/b", "a/b/c", "a/b/file", "a/link", "a/directory", "a/broken", "fifo")) {
      assertThat(labelOf(tree.resolve(path))).as(path).isEqualTo(LABEL);
    }
    assertThat(labelOf(outside)).isNotEqualTo(LABEL);
    assertThat(labelOf(outside.resolve("file"))).isNotEqualTo(LABEL);
  }

  @Test
  void whatIsMountedInItIsLeftOut() throws IOException {
    // Given
    var mounted = Files.createDirectories(tree.resolve("mounted"));
    Answers.of(host.mounts().tmpfs(mounted, Map.of()));
    Files.writeString(mounted.resolve("file"), "");

    // When
    label(tree);

    // Then
    assertThat(labelOf(mounted)).isNotEqualTo(LABEL);
    assertThat(labelOf(mounted.resolve("file"))).isNotEqualTo(LABEL);
  }

  @Test
  void aSingleFileMayBeTheTree() throws IOException {
    var file = Files.writeString(tree.resolve("file"), "");

    label(file);

    assertThat(labelOf(file)).isEqualTo(LABEL);
    assertThat(labelOf(tree)).isNotEqualTo(LABEL);
  }

  @Test
  void whatHasTheLabelIsNotWritten() throws IOException {
    // Given
    var file = Files.writeString(tree.resolve("file"), "");
    label(tree);
    var before = Files.getAttribute(file, "unix:ctime");

    // When
    label(tree);

    // Then
    assertThat(Files.getAttribute(file, "unix:ctime")).isEqualTo(before);
  }

  @Test
  void aLinkOnTheWayIsRefused() throws IOException {
    // Given
    var real = Files.createDirectories(tree.resolve("real/inner"));
    Files.createSymbolicLink(tree.resolve("link"), tree.resolve("real"));

    // When
    var fault = faultOf(host.disk().label(tree.resolve("link/inner"), LABEL, Optional::empty));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("(expected: no link on the way to it)");
    assertThat(labelOf(real)).isNotEqualTo(LABEL);
  }

  @Test
  void aFileSystemWithoutLabelsIsNamed() {
    var fault = faultOf(host.disk().label(Path.of("/proc/1/task"), LABEL, Optional::empty));

    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault)
        .hasMessage(
            "label: /proc/1/task is on a file system without labels (expected: one that has them)");
  }

  @Test
  void whatIsTooDeepIsRefusedWithNothingLeftOpen() throws IOException {
    // Given
    var deep = tree;
    for (var level = 0; level < TreeLabels.LEVELS_MAX; level++) {
      deep = deep.resolve("d");
    }
    Files.createDirectories(deep);
    var before = openDirectories();

    // When
    var fault = faultOf(host.disk().label(tree, LABEL, Optional::empty));

    // Then
    assertThat(fault).hasMessageContaining("no more than 256 directories deep");
    assertThat(openDirectories()).isEqualTo(before);
  }

  private static long openDirectories() throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(Files::isDirectory).count();
    }
  }

  @Test
  void whoeverGivesUpIsHeardBetweenPortions() throws IOException {
    // Given
    for (var file = 0; file < 4500; file++) {
      Files.createFile(tree.resolve("f" + file));
    }
    var asked = new AtomicInteger();
    var enough = new RuntimeFault(Kind.DEADLINE_EXCEEDED, "too late");

    // When
    var fault =
        faultOf(
            host.disk()
                .label(
                    tree,
                    LABEL,
                    () -> asked.incrementAndGet() > 2 ? Optional.of(enough) : Optional.empty()));

    // Then
    assertThat(fault).isEqualTo(enough);
    try (var files = Files.list(tree)) {
      assertThat(files.filter(file -> labelOf(file).equals(LABEL))).hasSize(4000);
    }
  }

  private static void label(Path tree) {
    Answers.of(host.disk().label(tree, LABEL, Optional::empty));
  }

  /** Of a link, its own. */
  private static String labelOf(Path path) {
    try {
      var place = FileCalls.place(path.getParent().toRealPath().resolve(path.getFileName()));
      try {
        return AttributeCalls.text(place, "security.selinux");
      } finally {
        Descriptors.close(place);
      }
    } catch (IOException unreadable) {
      throw new AssertionError(unreadable);
    }
  }
}
