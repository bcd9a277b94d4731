package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables, and values as people read them. */
class ConsoleTest {
  private final StringWriter text = new StringWriter();

  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    // When
    new Console(new PrintWriter(text), false)
        .table(List.of("ID", "STATE"), List.of(List.of("3165fb8db7c1", "running")));

    // Then
    assertThat(text).hasToString("ID            STATE\n3165fb8db7c1  running\n");
  }

  @Test
  void colourIsForTerminals() {
    assertThat(new Console(new PrintWriter(text), false).red("no")).isEqualTo("no");
    assertThat(new Console(new PrintWriter(text), true).red("no")).contains("\033[31m");
  }

  @Test
  void sizesHaveBinaryUnits() {
    assertThat(Words.bytes(1023)).isEqualTo("1023 B");
    assertThat(Words.bytes(1536)).isEqualTo("1.5 KiB");
    assertThat(Words.bytes(5L << 30)).isEqualTo("5.0 GiB");
  }
}
