package io.gantry.image;

import io.gantry.ids.Digest;
import java.util.HashSet;
import java.util.Set;

/**
 * A layer that is here.
 *
 * @param blobs digests of the blobs that were seen to unpack to it
 * @param opaque whether it hides all layers below it
 * @param loose whether it leaves something to the layers below it
 */
record Layer(
    Digest diffId, Set<Digest> blobs, long bytes, long inodes, boolean opaque, boolean loose) {
  Layer {
    blobs = Set.copyOf(blobs);
  }

  Layer alsoFrom(Set<Digest> others) {
    var all = new HashSet<>(blobs);
    all.addAll(others);
    return new Layer(diffId, all, bytes, inodes, opaque, loose);
  }
}
