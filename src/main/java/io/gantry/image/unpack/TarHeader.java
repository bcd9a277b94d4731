package io.gantry.image.unpack;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The fields of a header block (POSIX.1-2001 pax, "ustar Interchange Format", and GNU tar). */
final class TarHeader {
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int PREFIX_AT = 345;

  private final byte[] block;

  /** Looks at {@code block} as it is now; copies nothing. */
  TarHeader(byte[] block) {
    this.block = block;
  }

  /** The byte at an index of the block. */
  int at(int index) {
    return block[index] & 0xff;
  }

  /** The sum over all bytes, its own field as spaces. Old writers took bytes to be signed. */
  void verify() {
    var expected = number(CHECKSUM_AT, CHECKSUM_BYTES);
    long unsigned = 0;
    long signed = 0;
    for (var i = 0; i < block.length; i++) {
      var own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
      unsigned += own ? ' ' : block[i] & 0xff;
      signed += own ? ' ' : block[i];
    }
    if (expected != unsigned && expected != signed) {
      throw Malformed.layer("damaged tar header", "its check sum");
    }
  }

  char type() {
    return (char) (block[156] & 0xff);
  }

  String name() {
    var name = text(0, 100);
    var prefix = isPosix() ? text(PREFIX_AT, isStar() ? 131 : 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  String link() {
    return text(157, 100);
  }

  int mode() {
    return (int) number(100, 8) & 07777;
  }

  long uid() {
    return number(108, 8);
  }

  long gid() {
    return number(116, 8);
  }

  long size() {
    return number(124, 12);
  }

  long mtime() {
    return number(136, 12);
  }

  long deviceMajor() {
    return number(329, 8);
  }

  long deviceMinor() {
    return number(337, 8);
  }

  private boolean isPosix() {
    return text(257, 6).equals("ustar") && block[262] == 0;
  }

  private boolean isStar() {
    return new String(block, 508, 4, StandardCharsets.ISO_8859_1).equals("tar\0");
  }

  /** Octal digits, or base 256 where the first bit is set. An empty field is 0. */
  long number(int at, int length) {
    if ((block[at] & 0x80) != 0) {
      return base256(at, length);
    }
    var digits = text(at, length).strip();
    if (!digits.matches("[0-7]{0,12}")) {
      throw Malformed.layer("tar header with a number '" + Malformed.shown(digits) + "'", "octal");
    }
    return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
  }

  private long base256(int at, int length) {
    var negative = (block[at] & 0x40) != 0;
    var value = negative ? -1L : 0L;
    for (var i = 0; i < length; i++) {
      var bits = i == 0 ? (block[at] & 0x7f) | (negative ? 0x80 : 0) : block[at + i] & 0xff;
      var next = value << 8 | bits;
      if (next >> 8 != value) {
        throw Malformed.layer("tar header with a number of more than 64 bits", "fewer");
      }
      value = next;
    }
    return value;
  }

  private String text(int at, int length) {
    return text(Arrays.copyOfRange(block, at, at + length));
  }

  /** Bytes up to a NUL, one character each. */
  static String text(byte[] bytes) {
    var end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
  }
}
