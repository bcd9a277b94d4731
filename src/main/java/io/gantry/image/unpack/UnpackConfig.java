package io.gantry.image.unpack;

import io.gantry.errors.RuntimeFault;

/**
 * Bounds of unpacking.
 *
 * @param threads layers that are unpacked at once, of all pulls
 * @param layerBytesMax what one layer may unpack to
 * @param layerEntriesMax how many entries one layer may have
 */
public record UnpackConfig(int threads, long layerBytesMax, long layerEntriesMax) {
  /** Eight layers at once, 1 TiB and ten million entries each. */
  public static final UnpackConfig DEFAULT = new UnpackConfig(8, 1L << 40, 10_000_000);

  public UnpackConfig {
    if (threads < 1 || layerBytesMax < 1 || layerEntriesMax < 1) {
      throw RuntimeFault.invalid(
          "unpack: %d threads, %d bytes, %d entries (expected: at least 1 of each)"
              .formatted(threads, layerBytesMax, layerEntriesMax));
    }
  }
}
