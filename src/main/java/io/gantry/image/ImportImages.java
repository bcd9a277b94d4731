package io.gantry.image;

import io.gantry.ids.ImageRef;
import java.util.Optional;

/**
 * Images to import.
 *
 * @param repository of images whose archive knows a tag alone; without one they get no name
 */
public record ImportImages(Optional<ImageRef> repository) {
  public static final ImportImages AS_NAMED = new ImportImages(Optional.empty());
}
