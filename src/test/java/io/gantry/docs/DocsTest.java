package io.gantry.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.metrics.Meter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents name is there. */
class DocsTest {
  private static final Pattern TEST_NAME = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))`");

  static List<Markdown> documents() {
    return Markdown.all();
  }

  @Test
  void metricsPageListsEveryMeter() {
    // Given
    var meters = Arrays.stream(Meter.values()).map(Meter::id).toList();

    // When
    var listed = Markdown.read("docs/operate/metrics.md").namesInTables();

    // Then
    assertThat(listed).containsExactlyElementsOf(meters);
  }

  @Test
  void specificationNamesTestsThatExist() throws IOException {
    // Given
    var specification = Markdown.read("docs/specification.md");

    // When
    var named = TEST_NAME.matcher(specification.text()).results().map(f -> f.group(1)).toList();

    // Then
    assertThat(testClasses()).containsAll(named);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksLeadSomewhere(Markdown document) {
    assertThat(document.links()).as("%s", document.file()).allMatch(Files::exists);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void aDocumentBeginsWithItsTitle(Markdown document) {
    assertThat(document.text()).as("%s", document.file()).startsWith("# ");
  }

  private static List<String> testClasses() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.replace(".java", ""))
          .toList();
    }
  }
}
