package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;

/**
 * Whatever a client sends, the decoders throw nothing, and what a client can make a session say is
 * bounded by what it sent. {@code make fuzz} looks for inputs of which that is not true, with the
 * ones beside it as seeds; {@link DecodersTest} runs those in each build, without the fuzzer.
 */
class DecodersFuzz {
  private static final Vertx VERTX = Vertx.vertx();

  private static final int FORMS = ChannelForm.values().length;

  // What the first byte of an input says about the others.
  private static final int RAW_CONSOLE = 0;
  private static final int RAW_PORTS = 1;
  private static final int HEADER_BLOCKS = 2;
  private static final int FRAMES = 3;
  private static final int CHANNELS = 4;

  @FuzzTest
  void whateverAClientSends(byte[] input) {
    isDecodedOrRefused(input);
  }

  static void isDecodedOrRefused(byte[] input) {
    if (input.length < 2) {
      return;
    }
    var content = Buffer.buffer(input).slice(1, input.length);
    switch (Byte.toUnsignedInt(input[0]) % (CHANNELS + FORMS)) {
      case RAW_CONSOLE -> spdy(pieces(content), false);
      case RAW_PORTS -> spdy(pieces(content), true);
      case HEADER_BLOCKS -> spdy(openings(content), true);
      case FRAMES -> spdy(frames(content), true);
      default -> channels(content, ChannelForm.values()[Byte.toUnsignedInt(input[0]) % FORMS]);
    }
  }

  // ---- SPDY

  /** A client and the server it talks to, which runs commands or forwards ports to nowhere. */
  private static void spdy(List<Buffer> sent, boolean ports) {
    var in = new MemoryPipe();
    var out = new MemoryPipe();
    var connection = new Connection(VERTX, in, out, Duration.ofHours(1), below());
    var session = new SpdySession(connection, out);
    out.handler(_ -> {});
    if (ports) {
      var forwarded = new SpdyPorts(VERTX, Duration.ofHours(1), _ -> Future.failedFuture("none"));
      session.serve(in, forwarded::opened);
    } else {
      var wanted = new Wanted(true, true, true, false);
      var console = new SpdyConsole(session, connection, ExecVersion.V4, wanted, _ -> {});
      session.serve(in, console::opened);
    }
    sent.forEach(in::write);
    var bytes = sent.stream().mapToLong(Buffer::length).sum();
    // The longest answer is for the shortest question: a failed port for two streams of it.
    assertThat(out.passed()).as("answers").isLessThanOrEqualTo(1024 + 16 * bytes);
    connection.lost();
  }

  /** Cuts an input in pieces, by lengths that stand in it. */
  private static List<Buffer> pieces(Buffer content) {
    var pieces = new ArrayList<Buffer>();
    var from = 0;
    while (from < content.length()) {
      var length = 1 + content.getUnsignedByte(from);
      var to = Math.min(content.length(), from + 1 + length);
      if (to > from + 1) {
        pieces.add(content.slice(from + 1, to));
      }
      from = to;
    }
    return pieces;
  }

  /** Streams that are opened with header blocks of any content, compressed as one. */
  private static List<Buffer> openings(Buffer content) {
    var frames = new ArrayList<Buffer>();
    var deflater = new Deflater();
    var id = 1;
    for (var block : pieces(content)) {
      var compressed = new byte[block.length() + 100];
      deflater.setInput(block.getBytes());
      var length = deflater.deflate(compressed, 0, compressed.length, Deflater.SYNC_FLUSH);
      frames.add(
          control(1, 0, 10 + length)
              .appendInt(id)
              .appendInt(0)
              .appendShort((short) 0)
              .appendBytes(compressed, 0, length));
      id += 2;
    }
    deflater.end();
    return frames;
  }

  /** Frames that are whole, in any order, behind four streams that are open. */
  private static List<Buffer> frames(Buffer content) {
    var frames = new ArrayList<Buffer>();
    try (var client = new NettySpdy()) {
      for (var id = 1; id <= 7; id += 2) {
        var type = id % 4 == 1 ? "error" : "data";
        frames.add(client.open(id, Map.of("streamtype", type, "port", "80")));
      }
    }
    for (var piece : pieces(content)) {
      if (piece.length() < 3) {
        continue;
      }
      var type = piece.getUnsignedByte(0) % 12;
      var flags = piece.getUnsignedByte(1);
      var stream = piece.getUnsignedByte(2) % 12;
      var rest = piece.slice(3, piece.length());
      var frame =
          type == 0
              ? Buffer.buffer().appendInt(stream).appendInt(flags << 24 | rest.length())
              : control(type, flags, 4 + rest.length()).appendInt(stream);
      frames.add(frame.appendBuffer(rest));
    }
    return frames;
  }

  private static Buffer control(int type, int flags, int length) {
    return Buffer.buffer().appendInt(0x80030000 | type).appendInt(flags << 24 | length);
  }

  private static Connection.Below below() {
    var cut = Promise.<Void>promise();
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

  // ---- channels

  private static final class Heard implements ChannelDecoder.Events {
    private final List<Short> violations = new ArrayList<>();
    private long bytes;

    @Override
    public void said(int channel, Buffer content) {
      assertThat(violations).isEmpty();
      assertThat(channel).isBetween(-'0', 255);
      bytes += content.length();
    }

    @Override
    public void ended(int channel) {
      assertThat(violations).isEmpty();
      assertThat(channel).isBetween(0, 255);
    }

    @Override
    public void violated(short code) {
      violations.add(code);
    }
  }

  private static void channels(Buffer content, ChannelForm form) {
    var heard = new Heard();
    var decoder = new ChannelDecoder(form, heard);
    var resizes = new Resizes((width, height) -> assertThat(width + height).isNotNegative());
    for (var frame : pieces(content)) {
      decoder.decode(frame.slice(1, frame.length()), frame.getByte(0) % 2 == 0);
      resizes.arrived(frame);
    }
    assertThat(heard.violations).hasSizeLessThanOrEqualTo(1);
    assertThat(heard.bytes).isLessThanOrEqualTo(content.length());
  }
}
