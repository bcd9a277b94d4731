package io.gantry.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/handlers.md tells people to paste is taken by the daemon. */
class HandlersPageTest {
  private static final Pattern BLOCK = Pattern.compile("(?s)```yaml\\n(.*?)```");

  @Test
  void eachBlockIsAConfigurationOrAHandlersFile() throws Exception {
    var blocks =
        BLOCK
            .matcher(Files.readString(Path.of("docs/handlers.md")))
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(blocks).hasSizeGreaterThan(2).allSatisfy(HandlersPageTest::isTaken);
  }

  private static void isTaken(String yaml) {
    var whole = yaml.startsWith("handlers:");
    var configuration = Configuration.read(whole ? yaml : "", Map.of(), Map.of());
    if (!whole) {
      configuration.dropIn("pasted", yaml);
    }
    var handlers = Owners.of(configuration).handlers();
    assertThat(List.of(handlers.handlers(), handlers.dropIns()))
        .anySatisfy(some -> assertThat(some).isNotEmpty());
  }
}
