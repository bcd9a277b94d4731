package io.gantry.image.unpack;

import io.gantry.call.Call;
import io.gantry.call.Lane;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Blob;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Each layer on a thread of a pool of its own: one may take minutes, and waits for its bytes. */
final class OverlayUnpacker implements Unpacker {
  private final Vertx vertx;
  private final WorkerExecutor threads;
  private final UnpackConfig config;

  /** One at a time: each holds a descriptor for every layer of its image. */
  private final Lane seams = new Lane();

  OverlayUnpacker(Vertx vertx, UnpackConfig config) {
    this.vertx = vertx;
    this.config = config;
    // A registry that sends slowly is no reason for a warning about blocked threads.
    this.threads =
        vertx.createSharedWorkerExecutor("gantry-unpack", config.threads(), 1, TimeUnit.DAYS);
  }

  @Override
  public Future<Unpacked> unpack(
      Call call, Blob blob, Descriptor descriptor, Digest diffId, Room room) {
    var inlet = Inlet.from(blob.bytes(), vertx.getOrCreateContext());
    var unwatch = call.onCancel(() -> call.over().ifPresent(inlet::fail));
    return onThread(() -> unpack(inlet, descriptor, diffId, room))
        .recover(cause -> Future.failedFuture(call.over().orElse(RuntimeFault.of(cause))))
        .andThen(
            done -> {
              unwatch.run();
              if (done.failed()) {
                blob.abandon().run();
              }
            });
  }

  @SuppressWarnings("NullAway") // Vert.x's own signatures say nothing of null
  private <T> Future<T> onThread(Callable<T> work) {
    return threads.executeBlocking(work, false);
  }

  @Override
  public Future<Optional<Unpacked>> seam(Path loose, List<Path> layers, Path target) {
    return seams.enter(() -> onThread(() -> Seam.make(Loose.read(loose), layers, target)));
  }

  private Unpacked unpack(Inlet inlet, Descriptor descriptor, Digest diffId, Room room)
      throws IOException {
    var digest = descriptor.checkedDigest();
    try (var kept = kept(inlet, room);
        var blob = new HashingStream(kept, hash(digest), "blob", descriptor.size());
        var decoded = Decoding.of(blob);
        var tree = new LayerTree(room.target(), room.aside())) {
      var tar = new HashingStream(decoded, hash(diffId), "archive", config.layerBytesMax());
      applyAll(new TarReader(tar), tree);
      tar.drain();
      blob.drain();
      verifySize(blob, descriptor);
      verify("blob", blob, digest);
      verify("layer: uncompressed", tar, diffId);
      var loose = tree.loose();
      if (!loose.isEmpty()) {
        loose.write(room.loose());
      }
      var files = room.blob().isPresent() ? 1 : 0;
      return new Unpacked(
          tree.bytes() + files * descriptor.size(),
          tree.inodes() + files,
          tree.opaque(),
          !loose.isEmpty());
    }
  }

  private static InputStream kept(Inlet inlet, Room room) throws IOException {
    return room.blob().isEmpty()
        ? inlet
        : new Kept(inlet, Files.newOutputStream(room.blob().get()));
  }

  private void applyAll(TarReader entries, LayerTree tree) throws IOException {
    long count = 0;
    for (var entry = entries.next(); entry.isPresent(); entry = entries.next()) {
      if (++count > config.layerEntriesMax()) {
        throw Malformed.layer("more than " + config.layerEntriesMax() + " entries", "at most that");
      }
      tree.apply(entry.get(), entries);
    }
  }

  private static void verifySize(HashingStream blob, Descriptor descriptor) {
    if (blob.bytes() != descriptor.size()) {
      throw RuntimeFault.precondition(
          "blob: " + blob.bytes() + " bytes (expected: " + descriptor.size() + ")");
    }
  }

  private static void verify(String what, HashingStream content, Digest expected) {
    var found = expected.algorithm() + ":" + HexFormat.of().formatHex(content.digest());
    if (!found.equals(expected.value())) {
      throw RuntimeFault.precondition(what + ": digest " + found + " (expected: " + expected + ")");
    }
  }

  private static MessageDigest hash(Digest digest) {
    try {
      return MessageDigest.getInstance(digest.javaAlgorithm());
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-2", impossible);
    }
  }

  @Override
  public Future<Void> close() {
    return threads.close();
  }
}
