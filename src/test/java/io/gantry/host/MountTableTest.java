package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.host.Mounts.Mount;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MountTableTest {
  @Test
  void lineIsReadWithAllItsFields() {
    // When
    var lines =
        MountTable.parse(
            Stream.of(
                "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root"
                    + " rw,errors=x"));

    // Then
    assertThat(lines)
        .containsExactly(
            new MountTable.Line(
                new Mount(
                    Path.of("/mnt2"),
                    "ext3",
                    "/dev/root",
                    "rw,noatime,rw,errors=x",
                    List.of("master:1", "shared:7")),
                "98:0",
                "/mnt1",
                List.of("rw", "errors=x")));
  }

  @Test
  void privateMountHasNoPropagation() {
    // When
    var line = MountTable.parse(Stream.of("36 35 0:5 / /x rw - tmpfs none rw")).getFirst();

    // Then
    assertThat(line.mount().propagation()).isEmpty();
  }

  @Test
  void escapedCharactersAreThemselvesAgain() {
    assertThat(MountTable.plain("a\\040b\\011c\\012d\\134e")).isEqualTo("a b\tc\nd\\e");
    assertThat(MountTable.plain("\\")).isEqualTo("\\");
    assertThat(MountTable.plain("a\\9")).isEqualTo("a\\9");
  }
}
