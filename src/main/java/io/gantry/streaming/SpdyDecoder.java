package io.gantry.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.spdy.SpdyFrameDecoder;
import io.netty.handler.codec.spdy.SpdyFrameDecoderDelegate;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Bytes into the frames of SPDY/3.1. Netty's decoder finds the frames; the header blocks are read
 * here, since only so can they be bounded. After a violation everything is ignored.
 */
final class SpdyDecoder implements SpdyFrameDecoderDelegate {
  /** What the frames mean. */
  interface Events {
    void opened(int stream, Map<String, String> headers, boolean last, boolean unidirectional);

    void data(int stream, Buffer data, boolean last);

    void reset(int stream);

    void ended(int stream);

    void pinged(int id);

    void goneAway();

    /** Nothing that follows can be understood. */
    void violated(String what);
  }

  /** The larger of the pieces in which the data of a frame is handed on. */
  private static final int CHUNK_BYTES = 32 * 1024;

  private final Events events;
  private final SpdyHeaderBlocks blocks = new SpdyHeaderBlocks();
  private final SpdyFrameDecoder frames =
      new SpdyFrameDecoder(SpdyVersion.SPDY_3_1, this, CHUNK_BYTES);
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  private final Deque<Buffer> arrived = new ArrayDeque<>();
  private boolean decoding;
  private boolean closed;

  // The frame whose header block is being read.
  private int stream;
  private boolean opens;
  private boolean last;
  private boolean unidirectional;

  SpdyDecoder(Events events) {
    this.events = events;
  }

  /**
   * Reads what came; what is not yet a whole frame is kept. What a frame sets off may let more
   * arrive: that waits for its turn.
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
    var more = Unpooled.wrappedBuffer(data.getBytes());
    bytes = bytes.isReadable() ? Unpooled.copiedBuffer(bytes, more) : more;
    frames.decode(bytes);
  }

  /** Nothing is read any more. */
  void close() {
    if (!closed) {
      closed = true;
      arrived.clear();
      bytes = Unpooled.EMPTY_BUFFER;
      blocks.close();
    }
  }

  private void violated(String what) {
    if (!closed) {
      close();
      events.violated(what);
    }
  }

  @Override
  public void readDataFrame(int stream, boolean last, ByteBuf data) {
    var content = Buffer.buffer(ByteBufUtil.getBytes(data));
    data.release();
    if (!closed) {
      events.data(stream, content, last);
    }
  }

  @Override
  public void readSynStreamFrame(
      int stream, int associated, byte priority, boolean last, boolean unidirectional) {
    block(stream, last);
    this.opens = true;
    this.unidirectional = unidirectional;
  }

  @Override
  public void readSynReplyFrame(int stream, boolean last) {
    violated("reply to a stream that was not opened");
  }

  @Override
  public void readHeadersFrame(int stream, boolean last) {
    block(stream, last);
    this.opens = false;
  }

  private void block(int stream, boolean last) {
    this.stream = stream;
    this.last = last;
    blocks.begin();
  }

  @Override
  public void readHeaderBlock(ByteBuf block) {
    var piece = ByteBufUtil.getBytes(block);
    block.release();
    if (closed) {
      return;
    }
    try {
      blocks.add(piece);
    } catch (SpdyViolation violation) {
      violated(String.valueOf(violation.getMessage()));
    }
  }

  @Override
  public void readHeaderBlockEnd() {
    if (closed) {
      return;
    }
    try {
      var headers = blocks.end();
      if (opens) {
        events.opened(stream, headers, last, unidirectional);
      } else if (last) {
        events.ended(stream);
      }
    } catch (SpdyViolation violation) {
      violated(String.valueOf(violation.getMessage()));
    }
  }

  @Override
  public void readRstStreamFrame(int stream, int status) {
    if (!closed) {
      events.reset(stream);
    }
  }

  @Override
  public void readPingFrame(int id) {
    if (!closed) {
      events.pinged(id);
    }
  }

  @Override
  public void readGoAwayFrame(int lastStream, int status) {
    if (!closed) {
      events.goneAway();
    }
  }

  /** There is nothing that could be set: windows are not used. */
  @Override
  public void readSettingsFrame(boolean clear) {}

  @Override
  public void readSetting(int id, int value, boolean persist, boolean persisted) {}

  @Override
  public void readSettingsEnd() {}

  @Override
  public void readWindowUpdateFrame(int stream, int delta) {}

  @Override
  public void readFrameError(String message) {
    violated("frame: " + message);
  }
}
