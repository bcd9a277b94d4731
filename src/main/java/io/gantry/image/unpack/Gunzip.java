package io.gantry.image.unpack;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads gzip (RFC 1952): any number of members, each with its check sum and length verified. What
 * follows the last member must be another one: unlike the JDK's, this stream never takes a damaged
 * header for the end.
 */
final class Gunzip extends InputStream {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int filled;
  private boolean inMember;
  private boolean ended;

  Gunzip(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      if (!inMember && !header()) {
        ended = true;
        return -1;
      }
      var count = inflate(into, offset, length);
      if (count > 0) {
        crc.update(into, offset, count);
        return count;
      }
      if (inflater.finished()) {
        trailer();
      }
    }
    return -1;
  }

  private int inflate(byte[] into, int offset, int length) throws IOException {
    try {
      if (inflater.needsInput()) {
        fillForInflater();
      }
      var count = inflater.inflate(into, offset, length);
      if (inflater.needsDictionary()) {
        throw Malformed.layer("gzip with a dictionary", "none");
      }
      return count;
    } catch (DataFormatException damaged) {
      throw Malformed.layer("damaged gzip: " + damaged.getMessage(), "what was compressed");
    }
  }

  private void fillForInflater() throws IOException {
    if (at == filled && !fill()) {
      throw truncated();
    }
    inflater.setInput(buffer, at, filled - at);
    at = filled;
  }

  /** Starts a member; false at the end of the stream. */
  private boolean header() throws IOException {
    if (at == filled && !fill()) {
      return false;
    }
    var check = new CRC32();
    if (next(check) != 0x1f || next(check) != 0x8b || next(check) != 8) {
      throw Malformed.layer("bytes after the gzip stream", "another gzip member or the end");
    }
    var flags = next(check);
    if ((flags & RESERVED) != 0) {
      throw Malformed.layer("gzip flags " + flags, "those of RFC 1952");
    }
    skip(check, 6);
    optional(check, flags);
    inMember = true;
    return true;
  }

  private void optional(CRC32 check, int flags) throws IOException {
    if ((flags & EXTRA) != 0) {
      skip(check, next(check) | next(check) << 8);
    }
    if ((flags & NAME) != 0) {
      skipText(check);
    }
    if ((flags & COMMENT) != 0) {
      skipText(check);
    }
    if ((flags & HEADER_CRC) != 0) {
      var expected = (int) check.getValue() & 0xffff;
      if ((next(check) | next(check) << 8) != expected) {
        throw Malformed.layer("damaged gzip header", "its check sum");
      }
    }
  }

  private void trailer() throws IOException {
    at = filled - inflater.getRemaining();
    var unused = new CRC32();
    var expectedCrc = word(unused);
    var expectedLength = word(unused);
    if (expectedCrc != crc.getValue()
        || expectedLength != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw Malformed.layer("damaged gzip", "its check sum and length");
    }
    inflater.reset();
    crc.reset();
    inMember = false;
  }

  private long word(CRC32 check) throws IOException {
    return next(check)
        | (long) next(check) << 8
        | (long) next(check) << 16
        | (long) next(check) << 24;
  }

  private void skip(CRC32 check, int count) throws IOException {
    for (var i = 0; i < count; i++) {
      next(check);
    }
  }

  private void skipText(CRC32 check) throws IOException {
    while (next(check) != 0) {
      // Up to the NUL.
    }
  }

  private int next(CRC32 check) throws IOException {
    if (at == filled && !fill()) {
      throw truncated();
    }
    var value = buffer[at++] & 0xff;
    check.update(value);
    return value;
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = Math.max(0, in.read(buffer, 0, buffer.length));
    return filled > 0;
  }

  private static RuntimeException truncated() {
    return Malformed.layer("truncated gzip", "its end");
  }

  /** Frees the inflater's native memory. */
  @Override
  public void close() {
    inflater.end();
  }
}
