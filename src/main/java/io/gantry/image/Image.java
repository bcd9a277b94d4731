package io.gantry.image;

import io.gantry.ids.Digest;
import io.gantry.oci.ImageConfig;
import java.time.Instant;
import java.util.List;

/**
 * An image on this node.
 *
 * @param id the digest of its configuration
 * @param tags full references {@code host/repository:tag}
 * @param digests full references {@code host/repository@digest}
 * @param sizeBytes of its layers, unpacked; never 0
 * @param layers what it is stacked of, the lowest first: diffIDs, and the seams that some need
 */
public record Image(
    Digest id,
    List<String> tags,
    List<String> digests,
    long sizeBytes,
    ImageConfig config,
    List<Digest> layers,
    Instant pulledAt) {
  public Image {
    tags = List.copyOf(tags);
    digests = List.copyOf(digests);
    layers = List.copyOf(layers);
  }
}
