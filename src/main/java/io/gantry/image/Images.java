package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.image.registry.Registries;
import io.gantry.state.State;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The images of this node.
 *
 * <p>Call from any thread; nothing blocks. Reads answer from memory, in the middle of any pull.
 */
public interface Images {
  /**
   * Fetches an image for this platform; complete when it is usable and on disk. Joins a pull of the
   * same reference with the same credentials; the last caller that lets go cancels it. Always asks
   * the registry, also for an image that is here.
   */
  Future<Image> pull(Call call, PullImage request);

  /**
   * The image of an id, a unique prefix of one (with or without {@code sha256:}), or a reference.
   */
  Optional<Image> find(String idOrReference);

  /**
   * Keeps the image of {@link #find} with its layers from being freed until it is let go, for
   * whoever is about to be among {@link Holds}. Empty if it is not here, or is just going.
   */
  Optional<Held> hold(String idOrReference);

  List<Image> list();

  /** Whether the node keeps the image whatever the kubelet's garbage collection would like. */
  boolean pinned(Image image);

  /**
   * Takes all images for this platform out of an archive: an OCI layout, or what {@code docker
   * save} writes; plain, gzip or zstd. Verified as a pull is; complete when all are usable and on
   * disk. What came before one that fails stays.
   */
  Future<List<Image>> importFrom(Call call, Path archive, ImportImages request);

  /** The same of an archive as it arrives. It is kept on the disk until it is complete. */
  Future<List<Image>> importFrom(Call call, ReadStream<Buffer> archive, ImportImages request);

  /**
   * Writes images as an OCI layout in one archive, and ends {@code to}. Configurations and layers
   * keep their digests; manifests are written anew. Refused, before anything is written, for an
   * image of which a layer was not kept as it came ({@link ImagesConfig#keepBlobs}).
   */
  Future<Void> exportTo(Call call, List<String> idsOrReferences, WriteStream<Buffer> to);

  /**
   * Forgets an image with all its tags and digests, and frees what no other image and no container
   * needs. Idempotent: complete for one that is not here.
   */
  Future<Void> remove(Call call, String idOrReference);

  /**
   * Frees the layers that no image and no container needs any more. For whoever has let go of some:
   * a container that was removed, a daemon that has started.
   */
  Future<Void> sweep(Call call);

  /** Directories of the image's unpacked layers, the topmost first: what an overlay takes. */
  List<Path> layers(Image image);

  /** How much disk all images take. Measured when layers come and go: answers from memory. */
  Usage usage();

  /** What images are made of. */
  record Parts(
      Vertx vertx, Host host, State state, Registries registries, Holds holds, Clock clock) {}

  /**
   * The images that were here when the daemon stopped. Nothing is freed before the first {@link
   * #sweep} or {@link #remove}: {@code holds} is not asked until then.
   */
  static Future<Images> over(Parts parts, ImagesConfig config) {
    return LocalImages.open(parts, config);
  }
}
