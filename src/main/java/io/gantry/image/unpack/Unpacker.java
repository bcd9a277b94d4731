package io.gantry.image.unpack;

import io.gantry.call.Call;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Blob;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** Unpacks layers while they arrive. Call from any thread; nothing blocks. */
public interface Unpacker {
  /**
   * Unpacks {@code blob} into {@code target}, and verifies the blob against {@code descriptor} and
   * the archive in it against {@code diffId}. The blob is read to its end or abandoned.
   *
   * @param target an empty directory
   * @param aside an empty directory on the same file system, for what a layer replaces itself
   */
  Future<Unpacked> unpack(
      Call call, Blob blob, Descriptor descriptor, Digest diffId, Path target, Path aside);

  /** Ends the threads. */
  Future<Void> close();

  static Unpacker over(Vertx vertx, UnpackConfig config) {
    return new OverlayUnpacker(vertx, config);
  }
}
