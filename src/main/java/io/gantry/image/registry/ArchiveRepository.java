package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.gantry.image.registry.ArchiveFile.Region;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import java.util.Map;
import java.util.Optional;

/** One image of an archive, which answers as a registry would. */
record ArchiveRepository(
    Vertx vertx, Disk disk, ArchiveFile archive, Resolved resolved, Map<Digest, Region> blobs)
    implements Repository {
  private static final int BUFFER_BYTES = 256 * 1024;

  @Override
  public Future<Resolved> resolve(Call call) {
    return Future.succeededFuture(resolved);
  }

  @Override
  public Future<Buffer> content(Call call, Descriptor descriptor, int bytesMax) {
    return disk.run(
        () -> {
          var digest = Documents.checked(descriptor);
          var bytes = Archives.read(archive, region(digest), "config", bytesMax);
          Digests.verify("config", bytes, digest);
          return Buffer.buffer(bytes);
        });
  }

  private Region region(Digest digest) {
    return Optional.ofNullable(blobs.get(digest))
        .orElseThrow(() -> Archives.wrong(digest + " is not in it", "all parts of an image"));
  }

  /** A member that is only called so proves nothing. */
  @Override
  public Future<Boolean> has(Call call, Digest digest) {
    return disk.run(
        () ->
            blobs.containsKey(digest)
                && Archives.digest(archive, region(digest), digest.javaAlgorithm())
                    .equals(digest.hex()));
  }

  @Override
  public Future<Blob> blob(Call call, Descriptor descriptor) {
    var region = region(Documents.checked(descriptor));
    return vertx
        .fileSystem()
        .open(archive.file().toString(), new OpenOptions().setWrite(false).setCreate(false))
        .map(
            file -> {
              var bytes = new FileRegion(part(file, region));
              return new Blob(bytes, bytes::close);
            });
  }

  private static AsyncFile part(AsyncFile file, Region region) {
    file.pause();
    return file.setReadBufferSize(BUFFER_BYTES)
        .setReadPos(region.offset())
        .setReadLength(region.size());
  }
}
