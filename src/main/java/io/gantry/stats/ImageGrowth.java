package io.gantry.stats;

import io.gantry.host.TreeUsage;
import io.gantry.host.TreeWalk;
import io.gantry.runtime.RootImage;
import java.io.IOException;
import java.nio.file.Files;

/** What a container has written into the image that is its root: what that has grown by. */
final class ImageGrowth {
  private static final TreeUsage NONE = new TreeUsage(0, 0);
  private static final int FILES_MAX = 10;

  private ImageGrowth() {}

  /** Nothing for a root that is a directory. Blocks. */
  static TreeUsage of(RootImage image) throws IOException {
    if (!Files.exists(image.began())) {
      return NONE;
    }
    var began = Long.parseLong(Files.readString(image.began()).strip());
    try (var walk = TreeWalk.of(image.directory())) {
      walk.further(FILES_MAX);
      return new TreeUsage(Math.max(0, walk.usage().bytes() - began), walk.usage().inodes());
    }
  }
}
