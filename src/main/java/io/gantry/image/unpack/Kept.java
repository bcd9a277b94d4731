package io.gantry.image.unpack;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Writes what is read through it to a file as well. */
final class Kept extends FilterInputStream {
  private final OutputStream file;

  Kept(InputStream in, OutputStream file) {
    super(in);
    this.file = file;
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
      file.write(into, offset, count);
    }
    return count;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  @Override
  public void close() throws IOException {
    try (file) {
      super.close();
    }
  }
}
