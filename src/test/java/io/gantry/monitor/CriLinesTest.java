package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

class CriLinesTest {
  private static final String LOG =
      """
      T stdout F one line
      T stderr P half_
      T stderr F a line
      T stdout F_
      T stdout P no end
      """
          .replace("_", " ")
          .replace("T ", "2026-11-24T04:43:23.236279494+00:00 ");

  @Test
  void putsLinesAndPartsTogether() {
    // When
    var lines = new CriLines(1000);
    lines.take(Buffer.buffer(LOG));

    // Then
    assertThat(lines.stdout().toString()).isEqualTo("one line\n\nno end");
    assertThat(lines.stderr().toString()).isEqualTo("half a line\n");
    assertThat(lines.truncated()).isFalse();
  }

  @Test
  void doesNotCareHowTheBytesCome() {
    // When
    var lines = new CriLines(1000);
    for (var one : Buffer.buffer(LOG).getBytes()) {
      lines.take(Buffer.buffer().appendByte(one));
    }

    // Then
    assertThat(lines.stdout().toString()).isEqualTo("one line\n\nno end");
    assertThat(lines.stderr().toString()).isEqualTo("half a line\n");
  }

  @Test
  void keepsSoMuchOfEachStream() {
    // When
    var lines = new CriLines(4);
    lines.take(Buffer.buffer(LOG));

    // Then
    assertThat(lines.stdout().toString()).isEqualTo("one ");
    assertThat(lines.stderr().toString()).isEqualTo("half");
    assertThat(lines.truncated()).isTrue();
  }

  @Test
  void lineThatJustFitsIsNotTruncated() {
    // When
    var lines = new CriLines(3);
    lines.take(Buffer.buffer("t stdout F ab\n"));

    // Then
    assertThat(lines.stdout().toString()).isEqualTo("ab\n");
    assertThat(lines.truncated()).isFalse();
  }
}
