package io.gantry.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.config.Configuration;
import io.gantry.config.Owners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
  @TempDir private Path dir;

  private Owners owners() {
    return Owners.of(
        Configuration.read(
            "{root: %1$s/lib/gantry, run: %1$s/run/gantry}".formatted(dir), Map.of(), Map.of()));
  }

  private static String permissions(Path folder) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
  }

  @Test
  void othersPassThroughAndDoNotLookAround() throws IOException {
    // When
    Folders.make(owners());

    // Then
    assertThat(permissions(owners().root())).isEqualTo("rwx--x--x");
    assertThat(permissions(owners().run())).isEqualTo("rwx--x--x");
  }

  @Test
  void folderThatWasThereLetsOthersPass() throws IOException {
    // Given
    Files.createDirectories(owners().run());
    Files.setPosixFilePermissions(owners().run(), PosixFilePermissions.fromString("rwx------"));

    // When
    Folders.make(owners());

    // Then
    assertThat(permissions(owners().run())).isEqualTo("rwx--x--x");
  }

  @Test
  void cachesOfDaemonsThatWereKilledGo() throws IOException {
    // Given
    Folders.make(owners());
    var left = Files.createDirectories(owners().run().resolve("cache-4711/openapi"));
    Files.writeString(left.resolve("schema.json"), "{}");
    Files.createDirectories(owners().run().resolve("runtimes"));

    // When
    var cache = Folders.cache(owners().run());

    // Then
    assertThat(cache).isEqualTo(owners().run().resolve("cache"));
    try (var found = Files.list(owners().run())) {
      assertThat(found).containsExactly(owners().run().resolve("runtimes"));
    }
  }
}
