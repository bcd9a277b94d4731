package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.spdy.DefaultSpdyHeadersFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SpdySessionTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final int INVALID = SpdyFrames.INVALID_STREAM;

  private final NettySpdy client = new NettySpdy();
  private final MemoryPipe toServer = new MemoryPipe();
  private final MemoryPipe fromServer = new MemoryPipe();
  private Buffer said = Buffer.buffer();
  private final Promise<Void> cut = Promise.promise();
  private final List<SpdyStream> streams = new ArrayList<>();
  private final Connection connection =
      new Connection(VERTX, toServer, fromServer, Duration.ofHours(1), below(cut));
  private final SpdySession session = new SpdySession(connection, fromServer);

  @BeforeEach
  void serve() {
    session.serve(
        toServer,
        stream -> {
          streams.add(stream);
          stream.accept();
        });
    fromServer.handler(data -> said.appendBuffer(data));
  }

  @AfterEach
  void close() {
    connection.lost();
    client.close();
  }

  @AfterAll
  static void closeVertx() {
    Awaited.of(VERTX.close());
  }

  @Test
  void aStreamIsAcceptedAndItsHeadersAreKnown() {
    // When
    say(client.open(1, Map.of("streamtype", "error")), client.open(3, Map.of("streamtype", "x")));

    // Then
    assertThat(heard()).containsExactly("reply 1", "reply 3");
    assertThat(streams)
        .extracting(stream -> stream.header("streamtype"))
        .containsExactly("error", "x");
  }

  @Test
  void bytesMayComeOneByOne() {
    // Given
    var all =
        client.open(1, Map.of()).appendBuffer(client.data(1, "abc")).appendBuffer(client.end(1));

    // When
    for (var i = 0; i < all.length(); i++) {
      say(all.slice(i, i + 1));
    }

    // Then
    assertThat(read(streams.getFirst())).isEqualTo("abc");
    assertThat(streams.getFirst().in().ended()).isTrue();
  }

  @Test
  void dataAndItsEndAreTold() {
    // Given
    say(client.open(1, Map.of()));

    // When
    streams.getFirst().out().write(Buffer.buffer("abc"));
    streams.getFirst().out().end();

    // Then
    assertThat(heard()).containsExactly("reply 1", "data 1 abc", "data 1 last");
    assertThat(streams.getFirst().out().write(Buffer.buffer("x")).failed()).isTrue();
  }

  @Test
  void aClientsPingIsAnsweredAndNoOther() {
    // When
    say(client.ping(1), client.ping(2), client.ping(3));

    // Then
    assertThat(heard()).containsExactly("ping 1", "ping 3");
  }

  @Test
  void whatConcernsWindowsAndSettingsIsPassedOver() {
    // When
    say(
        client.encode(new DefaultSpdySettingsFrame().setValue(7, 1)),
        client.encode(new DefaultSpdyWindowUpdateFrame(0, 1000)),
        client.open(1, Map.of("a", "b")),
        client.encode(new DefaultSpdyHeadersFrame(1)),
        client.open(3, Map.of("a", "c")));

    // Then
    assertThat(heard()).containsExactly("reply 1", "reply 3");
    assertThat(streams.getLast().header("a")).isEqualTo("c");
  }

  @Test
  void framesForStreamsThatNeverWereAreRefused() {
    // Given
    say(client.open(5, Map.of()));
    streams.getFirst().reset(SpdyFrames.CANCEL);

    // When
    say(client.data(7, "x"), client.data(2, "x"), client.data(5, "late"), client.reset(9));

    // Then
    assertThat(heard())
        .containsExactly("reply 5", "reset 5 5", "reset 7 " + INVALID, "reset 2 " + INVALID);
  }

  @Test
  void aStreamIdIsOddAndHigherThanTheLast() {
    // When
    say(client.open(3, Map.of()), client.open(3, Map.of()), client.open(1, Map.of()));
    say(client.open(4, Map.of()));

    // Then
    assertThat(heard()).containsExactly("reply 3", "reset 3 1", "reset 1 1", "reset 4 1");
    assertThat(streams).hasSize(1);
  }

  @Test
  void dataAfterTheEndEndsTheStream() {
    // Given
    say(client.open(1, Map.of()), client.end(1));

    // When
    say(client.data(1, "more"));

    // Then
    assertThat(heard()).containsExactly("reply 1", "reset 1 9");
  }

  @Test
  void aClientThatOffendsWithoutEndIsGivenUp() {
    // When
    for (var i = 0; i <= SpdySession.OFFENCES_MAX; i++) {
      say(client.data(99, "x"));
    }

    // Then
    assertThat(heard()).hasSize(SpdySession.OFFENCES_MAX + 1).endsWith("goaway 1");
    Awaited.of(cut.future());
  }

  @Test
  void streamsAreBoundedInNumber() {
    // When
    for (var i = 0; i <= SpdySession.STREAMS_MAX; i++) {
      say(client.open(2 * i + 1, Map.of()));
    }

    // Then
    assertThat(heard()).endsWith("reset " + (2 * SpdySession.STREAMS_MAX + 1) + " 3");
    assertThat(streams).hasSize(SpdySession.STREAMS_MAX);
  }

  @Test
  void anInputThatNobodyTakesStopsTheReading() {
    // Given
    say(client.open(1, Map.of()));
    var piece = Buffer.buffer(new byte[16 * 1024]);

    // When
    for (var i = 0; i < 64; i++) {
      say(client.data(1, piece));
    }

    // Then
    assertThat(toServer.passed()).isLessThan(128 * 1024);

    // When
    assertThat(read(streams.getFirst())).hasSize(1 << 20);

    // Then
    assertThat(toServer.writeQueueFull()).isFalse();
  }

  @Test
  void aDataFrameOfSixteenMebibytesIsHandedOnAsItComes() {
    // Given
    say(client.open(1, Map.of()));
    var size = (1 << 24) - 1;
    var seen = new ArrayList<Integer>();
    streams.getFirst().in().handler(piece -> seen.add(piece.length())).resume();

    // When
    say(Buffer.buffer().appendInt(1).appendInt(size));
    for (var left = size; left > 0; left -= 60_000) {
      say(Buffer.buffer(new byte[Math.min(left, 60_000)]));
    }

    // Then
    assertThat(seen).allMatch(length -> length <= 60_000);
    assertThat(seen.stream().mapToInt(Integer::intValue).sum()).isEqualTo(size);
  }

  @Test
  void aClientThatAsksAndNeverReadsIsNotReadAnyMore() {
    // Given
    fromServer.pause();

    // When
    for (var i = 0; i < 100_000; i++) {
      say(client.ping(2 * i + 1));
    }

    // Then
    assertThat(toServer.passed()).isLessThan(80 * 1024);

    // When
    fromServer.resume();

    // Then
    assertThat(heard()).hasSize(100_000);
  }

  @Test
  void outputIsAsFullAsTheConnection() {
    // Given
    say(client.open(1, Map.of()));
    fromServer.pause();
    var out = streams.getFirst().out();
    var drained = Promise.<Void>promise();

    // When
    out.write(Buffer.buffer(new byte[100_000]));

    // Then
    assertThat(out.writeQueueFull()).isTrue();

    // When
    out.drainHandler(_ -> drained.tryComplete());
    fromServer.resume();

    // Then
    assertThat(drained.future().succeeded()).isTrue();
    assertThat(out.writeQueueFull()).isFalse();
  }

  @Test
  void aResetEndsTheStreamOnBothSides() {
    // Given
    say(client.open(1, Map.of()));
    var lost = new ArrayList<String>();
    streams.getFirst().whenLost(() -> lost.add("lost"));

    // When
    say(client.reset(1));

    // Then
    assertThat(lost).containsExactly("lost");
    assertThat(streams.getFirst().out().closed()).isTrue();
    assertThat(heard()).containsExactly("reply 1");
  }

  @Test
  void aClientThatGoesAwayIsWaitedForUntilItsStreamsHaveEnded() {
    // Given
    say(client.open(1, Map.of()), client.goAway(), client.open(3, Map.of()));
    assertThat(cut.future().isComplete()).isFalse();

    // When
    streams.getFirst().out().end();
    say(client.end(1));

    // Then
    assertThat(heard()).containsExactly("reply 1", "data 1 last");
    Awaited.of(cut.future());
  }

  @Test
  void theLossOfTheConnectionIsTheLossOfItsStreams() {
    // Given
    say(client.open(1, Map.of()));
    var lost = new ArrayList<String>();
    streams.getFirst().whenLost(() -> lost.add("lost"));

    // When
    connection.lost();

    // Then
    assertThat(lost).containsExactly("lost");
  }

  @Test
  void aBombOfHeadersIsNotUnpacked() {
    // Given four megabytes of zeros in four kilobytes
    var bomb =
        compressed(Buffer.buffer().appendInt(1).appendInt(4 << 20).appendBytes(new byte[4 << 20]));
    assertThat(bomb.length()).isLessThan(SpdyHeaderBlocks.BYTES_MAX);

    // When
    say(synStream(bomb));

    // Then
    assertGivenUp();
  }

  @Test
  void aBlockThatIsLargeAsItComesIsNotUnpacked() {
    // Given
    var noise = new byte[SpdyHeaderBlocks.BYTES_MAX + 1];
    new Random(1).nextBytes(noise);

    // Then
    say(synStream(compressed(Buffer.buffer(noise))));
    assertGivenUp();
  }

  @Test
  void headersAreBoundedInNumber() {
    // Given
    var block = Buffer.buffer().appendInt(SpdyHeaderBlocks.HEADERS_MAX + 1);
    for (var i = 0; i <= SpdyHeaderBlocks.HEADERS_MAX; i++) {
      block.appendInt(2).appendString("%02d".formatted(i)).appendInt(1).appendString("v");
    }

    // Then
    say(synStream(compressed(block)));
    assertGivenUp();
  }

  @Test
  void blocksThatLieAboutTheirLengthsAreRefused() {
    for (var block :
        List.of(
            Buffer.buffer(),
            Buffer.buffer().appendInt(-1),
            Buffer.buffer().appendInt(1),
            Buffer.buffer().appendInt(1).appendInt(5).appendString("ab"),
            Buffer.buffer().appendInt(1).appendInt(-5).appendString("ab"),
            Buffer.buffer().appendInt(0).appendInt(0),
            pairs("a", "1", "A", "2"))) {
      var blocks = new SpdyHeaderBlocks();
      assertThatThrownBy(() -> blocks.read(compressed(block).getBytes()))
          .isInstanceOf(SpdyViolation.class);
      blocks.close();
    }
  }

  private static Buffer pairs(String... texts) {
    var block = Buffer.buffer().appendInt(texts.length / 2);
    for (var text : texts) {
      block.appendInt(text.length()).appendString(text);
    }
    return block;
  }

  @Test
  void whatIsNotCompressedAsAgreedIsRefused() {
    say(synStream(Buffer.buffer("this is no zlib")));
    assertGivenUp();
  }

  @Test
  void whatIsNotSpdyIsRefused() {
    say(Buffer.buffer().appendInt(0x80020001).appendInt(100));
    assertGivenUp();
  }

  @Test
  void nothingThatIsGarbledMakesTheServerThrowOrTalkWithoutEnd() {
    var random = new Random(20261124);
    for (var round = 0; round < 2000; round++) {
      var in = new MemoryPipe();
      var out = new MemoryPipe();
      var link = new Connection(VERTX, in, out, Duration.ofHours(1), below(Promise.promise()));
      var garbled = new SpdySession(link, out);
      garbled.serve(in, SpdyStream::accept);
      out.handler(_ -> {});
      assertThatNoException().isThrownBy(() -> in.write(garbled(random)));
      assertThat(out.passed()).isLessThan(1 << 16);
      link.lost();
    }
  }

  private static Buffer garbled(Random random) {
    try (var writer = new NettySpdy()) {
      var all =
          writer
              .open(1, Map.of("streamtype", "error", "port", "80"))
              .appendBuffer(writer.open(3, Map.of("streamtype", "data", "port", "80")))
              .appendBuffer(writer.data(3, "some content"))
              .appendBuffer(writer.ping(1))
              .appendBuffer(writer.end(1))
              .appendBuffer(writer.reset(3));
      for (var i = random.nextInt(6); i >= 0; i--) {
        all.setByte(random.nextInt(all.length()), (byte) random.nextInt(256));
      }
      return all.slice(0, 1 + random.nextInt(all.length()));
    }
  }

  private void assertGivenUp() {
    assertThat(heard()).containsExactly("goaway 1");
    assertThat(streams).isEmpty();
    say(client.ping(1));
    assertThat(heard()).isEmpty();
  }

  private static Connection.Below below(Promise<Void> cut) {
    return new Connection.Below() {
      @Override
      public void cut() {
        cut.tryComplete();
      }

      @Override
      public boolean left() {
        return false;
      }
    };
  }

  private static Buffer synStream(Buffer block) {
    return Buffer.buffer()
        .appendInt(0x80030001)
        .appendInt(10 + block.length())
        .appendInt(1)
        .appendInt(0)
        .appendShort((short) 0)
        .appendBuffer(block);
  }

  private static Buffer compressed(Buffer plain) {
    var deflater = new Deflater(9);
    deflater.setInput(plain.getBytes());
    var bytes = new byte[plain.length() + 100];
    var length = deflater.deflate(bytes, 0, bytes.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Buffer.buffer().appendBytes(bytes, 0, length);
  }

  private void say(Buffer... frames) {
    for (var frame : frames) {
      toServer.write(frame);
    }
  }

  /** What the server has said since the last time. */
  private List<String> heard() {
    var bytes = said;
    said = Buffer.buffer();
    return client.read(bytes);
  }

  private String read(SpdyStream stream) {
    var content = Buffer.buffer();
    stream.in().handler(content::appendBuffer).resume();
    return content.toString();
  }
}
