package io.gantry.container;

import io.gantry.container.Volumes.Anonymous;
import io.gantry.container.Volumes.OfImage;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.Mounts;
import io.gantry.ids.ContainerId;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Mounts images, and fills the directories that images ask for. */
record VolumeMounts(Host host, ContainerPaths paths) {

  /**
   * Whoever calls removes what is there if it fails.
   *
   * @param shown how images are
   */
  Future<Void> make(ContainerId id, Volumes volumes, Mounts.Shown shown) {
    var done = Future.<Void>succeededFuture();
    for (var image : volumes.images().values()) {
      done = done.compose(_ -> mount(image, shown)).recover(VolumeMounts::failed);
    }
    return volumes.anonymous().isEmpty() ? done : done.compose(_ -> fill(id, volumes));
  }

  private Future<Void> mount(OfImage image, Mounts.Shown shown) {
    return directory(image.target())
        .compose(_ -> host.mounts().overlay(image.layers(), shown, image.target()))
        .compose(
            _ ->
                image.subPath().isEmpty()
                    ? Future.succeededFuture()
                    : host.mounts()
                        .bindWithin(image.target(), image.subPath(), image.target())
                        .recover(cause -> Future.failedFuture(about(image, cause))));
  }

  private static RuntimeFault about(OfImage image, Throwable cause) {
    var fault = RuntimeFault.of(cause);
    return fault.kind() == RuntimeFault.Kind.NOT_FOUND
        ? RuntimeFault.notFound(
            "image sub path: '" + image.subPath() + "' (expected: a directory in the image)")
        : fault;
  }

  private static Future<Void> failed(Throwable cause) {
    var fault = RuntimeFault.of(cause);
    var said = String.valueOf(fault.getMessage());
    return Future.failedFuture(
        said.startsWith(Volumes.FAILED)
            ? fault
            : new RuntimeFault(fault.kind(), Volumes.FAILED + said, fault));
  }

  private Future<Void> directory(Path directory) {
    return host.disk()
        .act(
            () ->
                Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString("rwx--x--x"))));
  }

  /** The image is looked into as a whole, for as long as that takes. */
  private Future<Void> fill(ContainerId id, Volumes volumes) {
    var root = paths.volumes(id).resolve("root");
    var done =
        directory(root)
            .compose(_ -> directory(paths.anonymous(id)))
            .compose(_ -> host.mounts().overlay(volumes.rootLayers(), root));
    for (var volume : volumes.anonymous()) {
      done = done.compose(_ -> fill(root, volume));
    }
    return done.compose(_ -> host.mounts().unmount(root));
  }

  private Future<Void> fill(Path root, Anonymous volume) {
    return host.disk()
        .copyWithin(root, volume.path(), volume.directory())
        .compose(
            found ->
                Volumes.ofKernel(found)
                    ? Future.failedFuture(
                        RuntimeFault.precondition(
                            "'" + found + "' (expected: none of the kernel's file systems)"))
                    : Future.<Void>succeededFuture())
        .recover(
            cause ->
                Future.failedFuture(
                    RuntimeFault.of(cause).during("image volume: '" + volume.path() + "'")));
  }

  /** Idempotent. What {@link ContainerPaths#writable} holds goes with that. */
  Future<Void> remove(ContainerId id) {
    return host.disk()
        .run(() -> children(paths.volumes(id)))
        .compose(
            targets ->
                Future.join(targets.stream().map(host.mounts()::unmount).toList())
                    .compose(_ -> host.disk().delete(paths.volumes(id))));
  }

  private static List<Path> children(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var children = Files.list(directory)) {
      return children.toList();
    }
  }
}
