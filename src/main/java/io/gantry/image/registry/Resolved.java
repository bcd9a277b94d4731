package io.gantry.image.registry;

import io.gantry.ids.Digest;
import io.gantry.oci.Descriptor;
import java.util.List;

/**
 * What a reference stands for.
 *
 * @param digest of the document that the reference names: an index, or the manifest itself
 * @param manifest of the image for this platform
 * @param config the image's configuration
 * @param layers the lowest first
 */
public record Resolved(Digest digest, Digest manifest, Descriptor config, List<Descriptor> layers) {
  public Resolved {
    layers = List.copyOf(layers);
  }
}
