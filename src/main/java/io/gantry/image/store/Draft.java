package io.gantry.image.store;

import io.gantry.ids.Digest;
import java.nio.file.Path;

/**
 * A layer being made.
 *
 * @param directory all of it
 */
public record Draft(Path directory) {
  static final String LOOSE = "loose";
  static final String BLOB = "blob-";

  /** Where the layer's files go. */
  public Path tree() {
    return directory.resolve("fs");
  }

  /** What the layer leaves to those below it, if it does. */
  public Path loose() {
    return directory.resolve(LOOSE);
  }

  /** The blob as it came, if it is kept. */
  public Path blob(Digest digest) {
    return directory.resolve(BLOB + digest.algorithm() + "-" + digest.hex());
  }

  /** Where what a layer replaces itself goes; deleted before the layer is published. */
  public Path aside() {
    return directory.resolve("aside");
  }
}
