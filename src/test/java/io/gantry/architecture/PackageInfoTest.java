package io.gantry.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every package says at its door what it is, what it promises and what it is not. */
class PackageInfoTest {
  private static final Path SOURCES = Path.of("src/main/java");

  static List<Path> packages() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(file -> SOURCES.relativize(file.getParent()))
          .filter(folder -> folder.getNameCount() > 2) // Main stands alone
          .distinct()
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageHasItsThreeHeadings(Path folder) throws IOException {
    // Given
    var file = SOURCES.resolve(folder).resolve("package-info.java");

    // When
    var text = Files.exists(file) ? Files.readString(file) : "";

    // Then
    assertThat(text)
        .as("package-info of %s", folder)
        .contains("@NullMarked")
        .containsSubsequence(
            "<h2>Start here</h2>", "<h2>Promises</h2>", "<h2>Not here</h2>", "package io.gantry");
  }
}
