package io.gantry.image.unpack;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Hashes and counts what is read through it, and refuses to go past a number of bytes. */
final class HashingStream extends FilterInputStream {
  private final MessageDigest hash;
  private final String what;
  private final long bytesMax;
  private long bytes;

  HashingStream(InputStream in, MessageDigest hash, String what, long bytesMax) {
    super(in);
    this.hash = hash;
    this.what = what;
    this.bytesMax = bytesMax;
  }

  long bytes() {
    return bytes;
  }

  /** The hash of what has been read. Once. */
  byte[] digest() {
    return hash.digest();
  }

  /** Reads to the end. */
  void drain() throws IOException {
    var scrap = new byte[64 * 1024];
    while (read(scrap, 0, scrap.length) >= 0) {
      // Read for the hash alone.
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    var count = super.read(into, offset, length);
    if (count > 0) {
      hash.update(into, offset, count);
      bytes += count;
      if (bytes > bytesMax) {
        throw Malformed.layer(what + " of more than " + bytesMax + " bytes", "at most that");
      }
    }
    return count;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
