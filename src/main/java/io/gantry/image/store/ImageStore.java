package io.gantry.image.store;

import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The layers on this node's disk. Call from any thread; nothing blocks. */
public interface ImageStore {
  /** The directory of the store: on the file system that images take. */
  Path root();

  /** The directory of a layer's files, whether or not it is there. */
  Path layer(Digest diffId);

  /** The file of what a layer leaves to those below it, for a layer that does. */
  Path loose(Digest diffId);

  /**
   * A blob that was kept.
   *
   * @param digest its own
   */
  record KeptBlob(Digest digest, Path file) {}

  /** The blob that a layer was unpacked from, if it was kept. */
  Future<Optional<KeptBlob>> blob(Digest diffId);

  /** A directory with nothing in it, for images without layers. */
  Path empty();

  /** The layers that were there when the store was opened. */
  Set<Digest> found();

  /** A place to unpack a layer into. */
  Future<Draft> draft();

  /** Deletes what the layer in a draft replaced itself. Before it is published. */
  Future<Void> tidy(Draft draft);

  /** Gives a draft that has been verified its name. If the layer is there already, it stays. */
  Future<Void> publish(Draft draft, Digest diffId);

  /** Deletes a draft that came to nothing; idempotent. */
  Future<Void> discard(Draft draft);

  /**
   * Takes a layer out of the store; idempotent. It is gone when the future completes, while its
   * files are deleted behind it.
   */
  Future<Void> free(Digest diffId);

  /** Brings what was published to the disk. */
  Future<Void> sync();

  /** Opens the store at {@code root}, and deletes what a dead daemon left half done. */
  static Future<ImageStore> open(Disk disk, Path root) {
    return DirectoryStore.open(disk, root);
  }
}
