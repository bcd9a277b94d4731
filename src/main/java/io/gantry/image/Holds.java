package io.gantry.image;

import io.gantry.ids.Digest;
import java.util.Set;

/** Who still uses images: whatever makes containers of them implements it. Answers from memory. */
public interface Holds {
  /** The diffIDs of the layers that containers stand on. */
  Set<Digest> layers();
}
