package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;

/**
 * The frames of SPDY/3.1 that a server sends (protocol draft 3, section 2.6).
 *
 * <p>A reply has no headers to tell, but a header block it must have, and that is compressed. It is
 * written in the form of zlib that stores: a compressor for each connection would cost a quarter of
 * a megabyte to say nothing.
 */
final class SpdyFrames {
  static final int PROTOCOL_ERROR = 1;
  static final int INVALID_STREAM = 2;
  static final int REFUSED_STREAM = 3;
  static final int CANCEL = 5;
  static final int STREAM_ALREADY_CLOSED = 9;

  static final int GOAWAY_OK = 0;
  static final int GOAWAY_PROTOCOL_ERROR = 1;

  /** The largest payload of one data frame that is sent; the format would allow 16 MiB. */
  static final int DATA_BYTES_MAX = 1 << 20;

  private static final int VERSION = 0x8003;
  private static final int SYN_REPLY = 2;
  private static final int RST_STREAM = 3;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int FIN = 1;

  /** A header of zlib with a window of 32 KiB and a dictionary, which follows. */
  private static final short ZLIB_WITH_DICTIONARY = 0x7820;

  private SpdyFrames() {}

  static Buffer data(int stream, boolean last, Buffer payload) {
    return Buffer.buffer(8 + payload.length())
        .appendInt(stream)
        .appendInt((last ? FIN << 24 : 0) | payload.length())
        .appendBuffer(payload);
  }

  /**
   * Accepts a stream.
   *
   * @param first whether this is the first reply on its connection, where the compression begins
   */
  static Buffer reply(int stream, boolean first) {
    var block = Buffer.buffer();
    if (first) {
      block.appendShort(ZLIB_WITH_DICTIONARY).appendInt(SpdyDictionary.ADLER32);
    }
    stored(block, Buffer.buffer().appendInt(0)); // no headers
    stored(block, Buffer.buffer()); // marks that what was written is to be read now
    return control(SYN_REPLY, 4 + block.length()).appendInt(stream).appendBuffer(block);
  }

  /** A block of zlib that is not compressed, and not the last (RFC 1951, section 3.2.4). */
  private static void stored(Buffer to, Buffer content) {
    to.appendByte((byte) 0)
        .appendShortLE((short) content.length())
        .appendShortLE((short) ~content.length())
        .appendBuffer(content);
  }

  static Buffer reset(int stream, int status) {
    return control(RST_STREAM, 8).appendInt(stream).appendInt(status);
  }

  static Buffer ping(int id) {
    return control(PING, 4).appendInt(id);
  }

  static Buffer goAway(int lastStream, int status) {
    return control(GOAWAY, 8).appendInt(lastStream).appendInt(status);
  }

  private static Buffer control(int type, int length) {
    return Buffer.buffer(8 + length)
        .appendShort((short) VERSION)
        .appendShort((short) type)
        .appendInt(length);
  }
}
