package io.gantry.image.unpack;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/**
 * Finds out how a layer is compressed by its first bytes: media types are known to lie, and the
 * diffID decides in the end.
 */
final class Decoding {
  private static final int MAGIC_BYTES = 4;

  private Decoding() {}

  static InputStream of(InputStream blob) throws IOException {
    var peeked = new PushbackInputStream(blob, MAGIC_BYTES);
    var magic = peeked.readNBytes(MAGIC_BYTES);
    peeked.unread(magic);
    if (starts(magic, 0x1f, 0x8b)) {
      return new Gunzip(peeked);
    }
    if (starts(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
      return new Unzstd(peeked);
    }
    return peeked;
  }

  private static boolean starts(byte[] bytes, int... magic) {
    for (var i = 0; i < magic.length; i++) {
      if (i >= bytes.length || (bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
