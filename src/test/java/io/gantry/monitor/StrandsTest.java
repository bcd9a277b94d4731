package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.host.FakeSockets.Opened;
import io.gantry.monitor.Strands.Slow;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StrandsTest {
  private static final int PACKETS = 100;
  private static final int PACKET_BYTES = 8 << 10;

  private final Opened conmon = new Opened();

  @Test
  void packetsGoWhereTheirFirstByteSays() {
    // Given
    var strands = new Strands(conmon.reading(), Slow.WAITS, true, true);
    var out = kept(strands.stdout());
    var err = kept(strands.stderr());

    // When
    conmon.says(packet(2, "out")).says(packet(3, "err")).says(packet(9, "what")).ends();

    // Then
    assertThat(out).hasToString("out");
    assertThat(err).hasToString("err");
  }

  @Test
  void whatNobodyWantsIsDropped() {
    // Given
    var strands = new Strands(conmon.reading(), Slow.WAITS, true, false);
    var out = kept(strands.stdout());

    // When
    many(3);
    conmon.says(packet(2, "out"));

    // Then
    assertThat(strands.stderr()).isEmpty();
    assertThat(out).hasToString("out");
  }

  @Test
  void readerWhoMustNotLoseAnythingGetsAllOfItLater() {
    // Given
    var strands = new Strands(conmon.reading(), Slow.WAITS, true, true);
    strands.stdout().orElseThrow().pause();
    var out = kept(strands.stdout());
    many(2);
    assertThat(out.length()).isZero();

    // When
    strands.stdout().orElseThrow().resume();

    // Then
    assertThat(out.length()).isEqualTo(PACKETS * PACKET_BYTES);
  }

  @Test
  void readerWhoMustNotHoldUpOthersLosesWhatDoesNotFit() {
    // Given
    var strands = new Strands(conmon.reading(), Slow.LOSES, true, true);
    strands.stdout().orElseThrow().pause();
    var out = kept(strands.stdout());
    var err = kept(strands.stderr());

    // When
    many(2);
    conmon.says(packet(3, "err"));
    strands.stdout().orElseThrow().resume();

    // Then
    assertThat(err).hasToString("err");
    assertThat(out.length()).isPositive().isLessThan(PACKETS * PACKET_BYTES);
  }

  private void many(int type) {
    for (var packet = 0; packet < PACKETS; packet++) {
      conmon.says(packet(type, "x".repeat(PACKET_BYTES)));
    }
  }

  private static Buffer packet(int type, String text) {
    return Buffer.buffer().appendByte((byte) type).appendString(text);
  }

  private static Buffer kept(Optional<ReadStream<Buffer>> stream) {
    var kept = Buffer.buffer();
    stream.orElseThrow().handler(kept::appendBuffer);
    return kept;
  }
}
