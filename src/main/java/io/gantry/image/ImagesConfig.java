package io.gantry.image;

import io.gantry.errors.RuntimeFault;
import io.gantry.image.unpack.UnpackConfig;
import java.nio.file.Path;

/**
 * How images are kept and pulled.
 *
 * @param root where layers are kept; on a file system that overlayfs can stand on
 * @param layersAtOnce of one image; how many of all images is {@link UnpackConfig#threads}
 * @param pins the images that are kept
 * @param keepBlobs whether layers are kept as they came too, so that they can be exported
 * @param unpack bounds of one layer
 */
public record ImagesConfig(
    Path root, int layersAtOnce, Pins pins, boolean keepBlobs, UnpackConfig unpack) {
  public static final int LAYERS_AT_ONCE = 3;

  public ImagesConfig {
    if (layersAtOnce < 1) {
      throw RuntimeFault.invalid("layers at once: " + layersAtOnce + " (expected: 1 or more)");
    }
  }

  /** The defaults, with images in a directory of the daemon's own root. */
  public static ImagesConfig under(Path daemonRoot) {
    return new ImagesConfig(
        daemonRoot.resolve("images"), LAYERS_AT_ONCE, Pins.NONE, false, UnpackConfig.DEFAULT);
  }

  public ImagesConfig layersAtOnce(int count) {
    return new ImagesConfig(root, count, pins, keepBlobs, unpack);
  }

  public ImagesConfig pins(Pins patterns) {
    return new ImagesConfig(root, layersAtOnce, patterns, keepBlobs, unpack);
  }

  public ImagesConfig keepBlobs(boolean keep) {
    return new ImagesConfig(root, layersAtOnce, pins, keep, unpack);
  }
}
