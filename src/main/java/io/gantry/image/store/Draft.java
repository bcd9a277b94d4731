package io.gantry.image.store;

import java.nio.file.Path;

/**
 * A layer being made.
 *
 * @param directory all of it
 */
public record Draft(Path directory) {
  static final String LOOSE = "loose";

  /** Where the layer's files go. */
  public Path tree() {
    return directory.resolve("fs");
  }

  /** What the layer leaves to those below it, if it does. */
  public Path loose() {
    return directory.resolve(LOOSE);
  }

  /** Where what a layer replaces itself goes; deleted before the layer is published. */
  public Path aside() {
    return directory.resolve("aside");
  }
}
