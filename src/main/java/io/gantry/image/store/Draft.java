package io.gantry.image.store;

import java.nio.file.Path;

/**
 * A layer being made.
 *
 * @param directory all of it
 */
public record Draft(Path directory) {
  /** Where the layer's files go. */
  public Path tree() {
    return directory.resolve("fs");
  }

  /** Where what a layer replaces itself goes; deleted before the layer is published. */
  public Path aside() {
    return directory.resolve("aside");
  }
}
