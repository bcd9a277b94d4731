package io.gantry.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.docs.Markdown;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/architecture.md draws the same map. */
class PackageMapTest {
  @Test
  void theDocumentHasTheSameLines() {
    // Given
    var block = Markdown.read("docs/architecture.md").blockUnder("## The order of packages");

    // When
    var lines = block.stream().map(PackageMapTest::packages).toList();

    // Then
    assertThat(lines).isEqualTo(PackageMap.LINES);
  }

  @Test
  void aPackageBelongsToTheLongestEntryThatFits() {
    assertThat(PackageMap.entryOf("io.gantry.image.store")).contains("image.store");
    assertThat(PackageMap.entryOf("io.gantry.image")).contains("image");
    assertThat(PackageMap.entryOf("io.gantry.imagery")).isEmpty();
  }

  /** {@code " 4 events state what they are"}: a number, names, and after two spaces a remark. */
  private static List<String> packages(String line) {
    var names = line.strip().replaceFirst("^[0-9]+ ", "").split(" {2,}", 2)[0];
    return Stream.of(names.split(" ")).toList();
  }
}
