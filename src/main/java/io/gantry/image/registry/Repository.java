package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.ids.Digest;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * One repository, asked with one set of credentials. Mirrors are tried in their order, the server
 * itself last; the fault is the last one's, with the others alongside.
 */
public interface Repository {
  /**
   * What the reference stands for on this platform. Refused: schema 1, documents that are manifest
   * and index at once, layers from elsewhere, and what is not an image.
   */
  Future<Resolved> resolve(Call call);

  /** The content of a small blob, verified; refused if it is larger than {@code bytesMax}. */
  Future<Buffer> content(Call call, Descriptor descriptor, int bytesMax);

  /** Whether the registry lets these credentials have the blob. */
  Future<Boolean> has(Call call, Digest digest);

  /**
   * A blob, paused, to be verified by its reader. It ends with a failure when the call is
   * cancelled, when it stalls or breaks off, and when it is longer than its descriptor says.
   */
  Future<Blob> blob(Call call, Descriptor descriptor);
}
