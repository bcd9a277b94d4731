package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Bytes into the frames of SPDY/3.1 (protocol draft 3, section 2.2). After a violation everything
 * is ignored.
 *
 * <pre>
 *   control  1 version:15 type:16 | flags:8 length:24 | …    kept until it is whole, if it is small
 *   data     0 stream:31          | flags:8 length:24 | …    handed on as it comes, not copied
 * </pre>
 */
final class SpdyDecoder {
  /** What the frames mean. */
  interface Events {
    void opened(int stream, Map<String, String> headers, boolean last, boolean unidirectional);

    /** A piece of a data frame, or an empty frame; {@code last} comes with the last piece. */
    void data(int stream, Buffer data, boolean last);

    void reset(int stream);

    void ended(int stream);

    void pinged(int id);

    void goneAway();

    /** Nothing that follows can be understood. */
    void violated(String what);
  }

  private static final int HEAD_BYTES = 8;
  private static final int CONTROL = 0x80000000;
  private static final int VERSION = 3;
  private static final int FIN = 1;
  private static final int UNIDIRECTIONAL = 2;

  private static final int SYN_STREAM = 1;
  private static final int SYN_REPLY = 2;
  private static final int RST_STREAM = 3;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int HEADERS = 8;

  /** What stands before the header block of the two kinds of frames that have one. */
  private static final int OPENING_BYTES = 10;

  private static final int MORE_HEADERS_BYTES = 4;

  private final Events events;
  private final SpdyHeaderBlocks blocks = new SpdyHeaderBlocks();
  private final Deque<Buffer> arrived = new ArrayDeque<>();
  private boolean decoding;
  private boolean closed;

  /** The begin of a frame: its head, and of a control frame also its body, until that is whole. */
  private Buffer begun = Buffer.buffer();

  /** How many bytes of a body are still to come. */
  private int bodyLeft;

  private Body body = Body.NONE;
  private int stream;
  private boolean last;

  /** What is done with the body of the frame that began. */
  private enum Body {
    /** There is none: a head comes next. */
    NONE,
    HANDED_ON,
    KEPT,
    PASSED_OVER
  }

  SpdyDecoder(Events events) {
    this.events = events;
  }

  /**
   * Reads what came; the begin of a control frame is kept until the rest comes. What a frame sets
   * off may let more arrive: that waits for its turn.
   */
  void decode(Buffer data) {
    arrived.add(data);
    if (decoding) {
      return;
    }
    decoding = true;
    try {
      while (!arrived.isEmpty() && !closed) {
        read(arrived.remove());
      }
    } finally {
      decoding = false;
    }
  }

  private void read(Buffer data) {
    var from = 0;
    while (from < data.length() && !closed) {
      var left = data.length() - from;
      from +=
          switch (body) {
            case NONE -> head(data, from, Math.min(left, HEAD_BYTES - begun.length()));
            case HANDED_ON -> handOn(data, from, Math.min(left, bodyLeft));
            case KEPT -> keep(data, from, Math.min(left, bodyLeft));
            case PASSED_OVER -> passOver(Math.min(left, bodyLeft));
          };
    }
  }

  private int head(Buffer data, int from, int count) {
    begun.appendBuffer(data, from, count);
    if (begun.length() == HEAD_BYTES) {
      bodyLeft = begun.getInt(4) & 0xffffff;
      if ((begun.getInt(0) & CONTROL) == 0) {
        dataBegins();
      } else {
        controlBegins();
      }
    }
    return count;
  }

  private void dataBegins() {
    stream = begun.getInt(0);
    last = (begun.getByte(4) & FIN) != 0;
    next();
    if (stream == 0) {
      violated("data frame: stream 0 (expected: a stream)");
    } else if (bodyLeft == 0) {
      events.data(stream, Buffer.buffer(), last);
    } else {
      body = Body.HANDED_ON;
    }
  }

  private void controlBegins() {
    var version = begun.getUnsignedShort(0) & 0x7fff;
    var type = begun.getUnsignedShort(2);
    if (version != VERSION) {
      violated("frame: version " + version + " (expected: " + VERSION + ")");
      return;
    }
    var fits =
        switch (type) {
          case SYN_STREAM -> fits(OPENING_BYTES, OPENING_BYTES + SpdyHeaderBlocks.BYTES_MAX);
          case HEADERS -> fits(MORE_HEADERS_BYTES, MORE_HEADERS_BYTES + SpdyHeaderBlocks.BYTES_MAX);
          case RST_STREAM, GOAWAY -> fits(8, 8);
          case PING -> fits(4, 4);
          case SYN_REPLY -> false; // to a stream that nobody opened
          default -> {
            // Settings, windows: nothing that is used here. Others are to be ignored.
            next();
            body = bodyLeft == 0 ? Body.NONE : Body.PASSED_OVER;
            yield true;
          }
        };
    if (!fits) {
      violated("frame: type " + type + " of " + bodyLeft + " bytes");
    }
  }

  private boolean fits(int least, int most) {
    body = Body.KEPT;
    return bodyLeft >= least && bodyLeft <= most;
  }

  /** The frame has been read: the next begins with its head. */
  private void next() {
    begun = Buffer.buffer();
    body = Body.NONE;
  }

  private int handOn(Buffer data, int from, int count) {
    bodyLeft -= count;
    if (bodyLeft == 0) {
      next();
    }
    events.data(stream, data.slice(from, from + count), last && bodyLeft == 0);
    return count;
  }

  private int passOver(int count) {
    bodyLeft -= count;
    if (bodyLeft == 0) {
      next();
    }
    return count;
  }

  private int keep(Buffer data, int from, int count) {
    begun.appendBuffer(data, from, count);
    bodyLeft -= count;
    if (bodyLeft == 0) {
      var frame = begun;
      next();
      try {
        control(frame);
      } catch (SpdyViolation violation) {
        violated(String.valueOf(violation.getMessage()));
      }
    }
    return count;
  }

  private void control(Buffer frame) throws SpdyViolation {
    var flags = frame.getByte(4);
    var id = frame.getInt(HEAD_BYTES);
    var isLast = (flags & FIN) != 0;
    switch (frame.getUnsignedShort(2)) {
      case SYN_STREAM -> {
        var headers = blocks.read(frame.getBytes(HEAD_BYTES + OPENING_BYTES, frame.length()));
        events.opened(stream(id), headers, isLast, (flags & UNIDIRECTIONAL) != 0);
      }
      case HEADERS -> { // read in any case: the compression goes on from block to block
        var _ = blocks.read(frame.getBytes(HEAD_BYTES + MORE_HEADERS_BYTES, frame.length()));
        if (isLast) {
          events.ended(stream(id));
        }
      }
      case RST_STREAM -> events.reset(stream(id));
      case PING -> events.pinged(id);
      default -> events.goneAway();
    }
  }

  private static int stream(int id) throws SpdyViolation {
    var stream = id & ~CONTROL;
    if (stream == 0) {
      throw new SpdyViolation("control frame: stream 0 (expected: a stream)");
    }
    return stream;
  }

  /** Nothing is read any more. */
  void close() {
    if (!closed) {
      closed = true;
      arrived.clear();
      begun = Buffer.buffer();
      blocks.close();
    }
  }

  private void violated(String what) {
    if (!closed) {
      close();
      events.violated(what);
    }
  }
}
