package io.gantry.image.unpack;

import io.gantry.call.Call;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Blob;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Unpacks layers while they arrive. Call from any thread; nothing blocks. */
public interface Unpacker {
  /**
   * Unpacks {@code blob} into {@code target}, and verifies the blob against {@code descriptor} and
   * the archive in it against {@code diffId}. The blob is read to its end or abandoned.
   *
   * @param room where it goes
   */
  Future<Unpacked> unpack(Call call, Blob blob, Descriptor descriptor, Digest diffId, Room room);

  /**
   * Where a layer goes.
   *
   * @param target an empty directory
   * @param aside an empty directory on the same file system, for what a layer replaces itself
   * @param loose a file that is made only if the layer leaves something to those below it
   * @param blob a file for the blob as it came, if it is kept
   */
  record Room(Path target, Path aside, Path loose, Optional<Path> blob) {}

  /**
   * Makes what a layer lacks to fit those below it, to go between it and the ones above: lower
   * layers' attributes for directories that its archive only implied, and lower layers' files that
   * it links to. Empty if it fits as it is.
   *
   * @param loose the file that its unpacking has left
   * @param layers directories: the layer itself, then all that are below it, the topmost first
   * @param target an empty directory on the same file system
   */
  Future<Optional<Unpacked>> seam(Path loose, List<Path> layers, Path target);

  /** Ends the threads. */
  Future<Void> close();

  static Unpacker over(Vertx vertx, UnpackConfig config) {
    return new OverlayUnpacker(vertx, config);
  }
}
