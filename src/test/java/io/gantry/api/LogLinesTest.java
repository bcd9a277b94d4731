package io.gantry.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

/** Lines of a log as the container said them. */
class LogLinesTest {
  private static final String STAMP = "2026-11-25T18:34:03.135703193Z ";

  @Test
  void timeStreamAndTagAreTakenOff() {
    // When
    var shown = new LogLines(false).take(Buffer.buffer(STAMP + "stdout F hello  world\n"));

    // Then
    assertThat(shown).hasToString("hello  world\n");
  }

  @Test
  void partsOfALineAreJoined() {
    // Given
    var file = STAMP + "stdout P hello\n" + STAMP + "stdout F  world\n";

    // When
    var shown = new LogLines(false).take(Buffer.buffer(file));

    // Then
    assertThat(shown).hasToString("hello world\n");
  }

  @Test
  void aBlockMayEndAnywhere() {
    // Given
    var file = STAMP + "stderr F one\n" + STAMP + "stdout F two\n";
    var lines = new LogLines(false);

    // When
    var shown = Buffer.buffer();
    for (var at = 0; at < file.length(); at++) {
      shown.appendBuffer(lines.take(Buffer.buffer(file.substring(at, at + 1))));
    }

    // Then
    assertThat(shown).hasToString("one\ntwo\n");
  }

  @Test
  void anEmptyLineIsALine() {
    assertThat(new LogLines(false).take(Buffer.buffer(STAMP + "stdout F \n"))).hasToString("\n");
  }

  @Test
  void withTimestampsTheFileIsShownAsItIs() {
    assertThat(new LogLines(true).take(Buffer.buffer(STAMP + "stdout P hel")))
        .hasToString(STAMP + "stdout P hel");
  }
}
