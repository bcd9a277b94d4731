package io.gantry.image.unpack;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import com.github.luben.zstd.util.ZstdVersion;
import io.gantry.errors.RuntimeFault;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads zstd (RFC 8878): any number of frames, each to its end. The library's native part lies
 * beside the jars and is loaded from there: the library itself would unpack it to /tmp, which on
 * many nodes holds no code.
 */
final class Unzstd extends FilterInputStream {
  /** 64 MiB: a window is memory of ours that the layer asks for. */
  private static final int WINDOW_LOG_MAX = 26;

  Unzstd(InputStream blob) throws IOException {
    super(open(blob));
  }

  private static InputStream open(InputStream blob) throws IOException {
    Library.load();
    return new ZstdInputStreamNoFinalizer(blob).setContinuous(false).setLongMax(WINDOW_LOG_MAX);
  }

  /** Loaded by the first layer that needs it. */
  private static final class Library {
    @SuppressWarnings("restricted") // argued in package-info
    private static synchronized void load() {
      if (Native.isLoaded()) {
        return;
      }
      try {
        System.loadLibrary("zstd-jni-" + ZstdVersion.VERSION);
        Native.assumeLoaded();
      } catch (UnsatisfiedLinkError missing) {
        throw new RuntimeFault(
            RuntimeFault.Kind.FAILED_PRECONDITION,
            "zstd: " + missing.getMessage() + " (expected: the library in lib/native)",
            missing);
      }
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    try {
      return super.read(into, offset, length);
    } catch (EOFException truncated) {
      throw Malformed.layer("truncated zstd", "its end");
    } catch (com.github.luben.zstd.ZstdIOException damaged) {
      throw Malformed.layer("damaged zstd: " + damaged.getMessage(), "what was compressed");
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
