package io.gantry.doctor;

import io.gantry.host.FileSystemSpace;
import io.gantry.host.Host;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Where layers, records and sockets are kept. */
final class StorageChecks {
  private static final long MIB = 1L << 20;
  private static final long BYTES_WANTED = 5_120 * MIB;
  private static final long BYTES_NEEDED = 200 * MIB;
  private static final long INODES_WANTED = 100_000;
  private static final long INODES_NEEDED = 5_000;
  private static final long RUN_BYTES_NEEDED = 8 * MIB;

  private final Host host;
  private final Path root;
  private final Path run;
  private final Supplier<Future<Optional<String>>> whyNotIdMapped;

  StorageChecks(Host host, Path root, Path run, Supplier<Future<Optional<String>>> whyNotIdMapped) {
    this.host = host;
    this.root = root;
    this.run = run;
    this.whyNotIdMapped = whyNotIdMapped;
  }

  Future<List<Finding>> all() {
    return Future.all(overlay(), idMapped(), runFolder(), rootSpace(), runSpace())
        .map(found -> found.<Finding>list());
  }

  private Future<Finding> overlay() {
    var why = "a container's root is an overlay of its image's layers, below " + root;
    var fix = "put root on ext4, or on xfs made with ftype=1; overlays do not stand on overlays";
    return host.disk()
        .run(() -> trialFolder(root))
        .compose(folder -> new OverlayTrial(host, folder).whyNot())
        .map(
            whyNot ->
                whyNot
                    .map(it -> Finding.broken("overlay", it, why, fix))
                    .orElseGet(() -> Finding.ok("overlay", "works below " + root, why)))
        .otherwise(cause -> Finding.broken("overlay", said(cause), why, fix));
  }

  private Future<Finding> idMapped() {
    var why = "pods with hostUsers: false see the layers with owners of their own";
    return whyNotIdMapped
        .get()
        .map(
            whyNot ->
                whyNot
                    .map(
                        it ->
                            Finding.warning(
                                "id-mapped mounts",
                                it,
                                why + "; without, they are refused",
                                "Linux 5.19 or newer, and root on a file system that can be"
                                    + " id-mapped"))
                    .orElseGet(() -> Finding.ok("id-mapped mounts", "work", why)))
        .otherwise(cause -> Finding.warning("id-mapped mounts", said(cause), why, "see above"));
  }

  private Future<Finding> runFolder() {
    var why = "what a reboot ends must be gone after it";
    return host.disk()
        .run(() -> Files.getFileStore(there(run)).type())
        .map(
            type ->
                type.equals("tmpfs")
                    ? Finding.ok("run folder", run + " on a tmpfs", why)
                    : Finding.warning(
                        "run folder", run + " on " + type, why, "set run to a folder on a tmpfs"));
  }

  private Future<Finding> rootSpace() {
    var why = "layers and records are written there";
    var fix =
        "remove images that nobody uses (gantry images, gantry rmi), or make the file system"
            + " larger";
    return host.disk()
        .run(() -> there(root))
        .compose(host.disk()::space)
        .map(
            space -> {
              var found = words(space);
              if (few(space, BYTES_NEEDED, INODES_NEEDED)) {
                return Finding.broken("disk", found, why, fix);
              }
              return few(space, BYTES_WANTED, INODES_WANTED)
                  ? Finding.warning("disk", found, why, fix)
                  : Finding.ok("disk", found, why);
            });
  }

  private Future<Finding> runSpace() {
    var why = "bundles and pins of running containers are written there";
    return host.disk()
        .run(() -> there(run))
        .compose(host.disk()::space)
        .map(
            space ->
                few(space, RUN_BYTES_NEEDED, INODES_NEEDED)
                    ? Finding.broken(
                        "run space", words(space), why, "make the tmpfs of " + run + " larger")
                    : Finding.ok("run space", words(space), why));
  }

  /** File systems that make inodes as they need them say that they have none. */
  private static boolean few(FileSystemSpace space, long bytes, long inodes) {
    return space.bytesFree() < bytes || (space.inodes() > 0 && space.inodesFree() < inodes);
  }

  private static String words(FileSystemSpace space) {
    return "%d MiB of %d and %s inodes free on %s"
        .formatted(
            space.bytesFree() / MIB,
            space.bytes() / MIB,
            space.inodes() > 0 ? space.inodesFree() : "all",
            space.device());
  }

  /** The folder, or what it will be made in. */
  private static Path there(Path folder) {
    return Stream.iterate(folder.toAbsolutePath(), Path::getParent)
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow();
  }

  /** A folder that is not there yet, on the file system of {@code root}. */
  static Path trialFolder(Path root) {
    return there(root).resolve("doctor-" + UUID.randomUUID());
  }

  private static String said(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }
}
