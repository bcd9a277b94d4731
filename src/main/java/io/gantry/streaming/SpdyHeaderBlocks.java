package io.gantry.streaming;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The header blocks of one connection, which are one compressed stream. A block is small or is
 * refused: its size is bounded before it is decompressed, while it is, and in its number of
 * headers.
 */
final class SpdyHeaderBlocks {
  static final int BYTES_MAX = 16 * 1024;
  static final int HEADERS_MAX = 64;

  private final Inflater inflater = new Inflater();
  private byte[] plain = new byte[0];
  private int length;

  /** The headers of the next block, by their names in lower case. */
  Map<String, String> read(byte[] compressed) throws SpdyViolation {
    if (compressed.length > BYTES_MAX) {
      throw tooLarge();
    }
    if (compressed.length == 0) { // how some say that there are no headers
      return Map.of();
    }
    plain = new byte[BYTES_MAX];
    length = 0;
    inflater.setInput(compressed);
    try {
      while (!inflater.needsInput()) {
        inflate();
      }
      return headers(ByteBuffer.wrap(plain, 0, length));
    } catch (DataFormatException | IllegalArgumentException notThat) {
      throw new SpdyViolation("header block: not compressed as agreed");
    } finally {
      plain = new byte[0];
    }
  }

  private void inflate() throws DataFormatException, SpdyViolation {
    var count = inflater.inflate(plain, length, plain.length - length);
    length += count;
    if (count > 0) {
      return;
    }
    if (inflater.needsDictionary()) {
      SpdyDictionary.prime(inflater);
    } else if (inflater.finished()) {
      throw new SpdyViolation("header block: the compression has an end (expected: none)");
    } else if (length == plain.length) {
      throw tooLarge();
    }
  }

  private static Map<String, String> headers(ByteBuffer block) throws SpdyViolation {
    try {
      var count = block.getInt();
      if (count < 0 || count > HEADERS_MAX) {
        throw new SpdyViolation(
            "header block: " + count + " headers (at most " + HEADERS_MAX + ")");
      }
      var headers = new HashMap<String, String>();
      for (var i = 0; i < count; i++) {
        if (headers.put(text(block).toLowerCase(Locale.ROOT), text(block)) != null) {
          throw new SpdyViolation("header block: a name twice (expected: once)");
        }
      }
      if (block.hasRemaining()) {
        throw new SpdyViolation("header block: longer than its headers");
      }
      return headers;
    } catch (BufferUnderflowException truncated) {
      throw new SpdyViolation("header block: shorter than its headers");
    }
  }

  private static String text(ByteBuffer block) throws SpdyViolation {
    var size = block.getInt();
    if (size < 0 || size > block.remaining()) {
      throw new SpdyViolation("header block: shorter than its headers");
    }
    var bytes = new byte[size];
    block.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static SpdyViolation tooLarge() {
    return new SpdyViolation("header block: too large (at most " + BYTES_MAX + " bytes)");
  }

  /** Gives the decompressor's memory back. */
  void close() {
    inflater.end();
  }
}
