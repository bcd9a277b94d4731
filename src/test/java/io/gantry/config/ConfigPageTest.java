package io.gantry.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/operate/config.md says what the code does. */
class ConfigPageTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z.-]+)` \\|(?: `([^`]*)`)? \\| (.*) \\|$");

  @Test
  void thePageHasEveryKeyItsDefaultAndItsMeaning() throws IOException {
    // Given
    var keys =
        Arrays.stream(Key.values())
            .map(key -> key.path() + " | " + key.standard() + " | " + key.meaning())
            .toList();

    // When
    var rows =
        ROW.matcher(Files.readString(Path.of("docs/operate/config.md")))
            .results()
            .map(
                row ->
                    row.group(1)
                        + " | "
                        + (row.group(2) == null ? "" : row.group(2))
                        + " | "
                        + row.group(3))
            .toList();

    // Then
    assertThat(rows).containsExactlyElementsOf(keys);
  }
}
