package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.ImageRef;
import io.gantry.image.registry.ArchiveFile;
import io.gantry.image.registry.Archives;
import io.gantry.image.registry.Archives.Packed;
import io.gantry.image.registry.Repository;
import io.gantry.image.unpack.Members;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** Images out of archives: each is pulled as from a registry that has nothing else. */
final class Imports {
  private final Vertx vertx;
  private final Disk disk;
  private final long bytesMax;
  private final BiFunction<Naming, Repository, Future<Image>> pull;

  /**
   * @param bytesMax what an archive may be when its compression is undone
   */
  Imports(
      Vertx vertx, Disk disk, long bytesMax, BiFunction<Naming, Repository, Future<Image>> pull) {
    this.vertx = vertx;
    this.disk = disk;
    this.bytesMax = bytesMax;
    this.pull = pull;
  }

  /** Keeps what arrives in {@code spool}, then goes on as with a file. */
  Future<List<Image>> run(Call call, ReadStream<Buffer> archive, ImportImages request, Path spool) {
    archive.pause();
    return vertx
        .fileSystem()
        .open(spool.resolve("archive").toString(), new OpenOptions().setCreateNew(true))
        .compose(file -> Spool.keep(archive, file, bytesMax))
        .recover(cause -> Future.failedFuture(spooling(cause)))
        .compose(_ -> run(call, spool.resolve("archive"), request, spool));
  }

  private static RuntimeFault spooling(Throwable cause) {
    return cause instanceof RuntimeFault fault
        ? fault
        : Disk.faultOf(cause).during("archive: not kept");
  }

  /**
   * Imports all images of a file.
   *
   * @param spool an empty directory, for a compressed archive
   */
  Future<List<Image>> run(Call call, Path archive, ImportImages request, Path spool) {
    return disk.run(() -> opened(archive, spool.resolve("plain")))
        .compose(opened -> Archives.read(vertx, disk, opened))
        .compose(images -> all(call, images, request));
  }

  private ArchiveFile opened(Path archive, Path plain) throws IOException {
    var file = Members.plain(archive, plain, bytesMax) ? plain : archive;
    Map<String, ArchiveFile.Region> members =
        Members.of(file).entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    member ->
                        new ArchiveFile.Region(
                            member.getValue().offset(), member.getValue().size())));
    return new ArchiveFile(file, members);
  }

  private Future<List<Image>> all(Call call, List<Packed> images, ImportImages request) {
    Future<List<Image>> done = Future.succeededFuture(new ArrayList<>());
    for (var image : images) {
      done =
          done.compose(
              before ->
                  call.alive()
                      .compose(_ -> pull.apply(naming(image, request), image.repository()))
                      .map(
                          pulled -> {
                            before.add(pulled);
                            return before;
                          }));
    }
    return done.map(List::copyOf);
  }

  /** A name that is a tag alone needs the repository that the request names. */
  private static Naming naming(Packed image, ImportImages request) {
    var names =
        image.names().stream()
            .flatMap(name -> reference(name, request.repository()).stream())
            .toList();
    var tags = names.stream().flatMap(name -> name.tagged().stream()).distinct().toList();
    return new Naming(
        names.isEmpty() ? "(without a name)" : names.getFirst().toString(),
        tags,
        image.digested() ? names : List.of());
  }

  private static Optional<ImageRef> reference(String name, Optional<ImageRef> repository) {
    if (name.contains(":") || name.contains("/")) {
      return Optional.of(ImageRef.parse(name));
    }
    return repository.map(
        base -> new ImageRef(base.host(), base.repository(), Optional.of(name), Optional.empty()));
  }
}
