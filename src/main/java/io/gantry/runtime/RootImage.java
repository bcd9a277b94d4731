package io.gantry.runtime;

import java.nio.file.Path;

/**
 * A root file system as the image of a block device.
 *
 * @param directory with nothing else in it
 */
public record RootImage(Path directory) {
  /** In the directory for what a container writes. */
  public static RootImage in(Path writable) {
    return new RootImage(writable.resolve("image"));
  }

  /** The image: a sparse file. */
  public Path file() {
    return directory.resolve("root.ext4");
  }

  /**
   * How many bytes the directory took on the disk before anything was written in the image: a
   * number as text, beside it. There once the image is complete.
   */
  public Path began() {
    return directory.resolveSibling(directory.getFileName() + ".began");
  }
}
