package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.000000678Z");
  private static final String HEAD = "2026-01-02T03:04:05.000000678+00:00 stdout ";

  @Test
  void eachLineHasItsTimeItsStreamAndItsTag() {
    assertThat(lines("one\n\ntwo\n"))
        .isEqualTo(HEAD + "F one\n" + HEAD + "F \n" + HEAD + "F two\n");
  }

  @Test
  void whatHasNoEndYetIsAPart() {
    assertThat(lines("one\n$ ")).isEqualTo(HEAD + "F one\n" + HEAD + "P $ \n");
    assertThat(lines("\n")).isEqualTo(HEAD + "F \n");
  }

  @Test
  void aLongLineIsWrittenInParts() {
    // Given
    var part = "x".repeat(LogLines.CONTENT_BYTES_MAX);

    // Then
    assertThat(lines(part + part + "end\n"))
        .isEqualTo(HEAD + "P " + part + "\n" + HEAD + "P " + part + "\n" + HEAD + "F end\n");
    assertThat(lines(part + "\n")).isEqualTo(HEAD + "F " + part + "\n");
  }

  @Test
  void bytesStayWhatTheyAre() {
    // Given
    var bytes = new byte[] {(byte) 0xff, 0, 7, '\n'};

    // When
    var line = LogLines.of(AT, "stderr", Buffer.buffer(bytes));

    // Then
    assertThat(line.getBytes(line.length() - 4, line.length())).isEqualTo(bytes);
  }

  private static String lines(String read) {
    return LogLines.of(AT, "stdout", Buffer.buffer(read)).toString();
  }
}
