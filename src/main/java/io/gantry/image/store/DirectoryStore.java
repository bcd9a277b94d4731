package io.gantry.image.store;

import io.gantry.call.Lane;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.gantry.ids.Digest;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The paths, all below one root:
 *
 * <pre>
 *   layers/sha256/‹diffID›/fs     a layer, verified; or a seam, by a digest of what it stands on
 *   layers/sha256/‹diffID›/loose  what the layer leaves to those below it, if it does
 *   layers/sha256/‹diffID›/blob-sha256-‹digest›   the blob it came as, where blobs are kept
 *   layers/sha512/‹diffID›/fs
 *   layers/empty/fs               for images without layers
 *   layers/tmp/‹any name›/        drafts, and what is being deleted
 * </pre>
 */
final class DirectoryStore implements ImageStore {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryStore.class);
  private static final List<String> ALGORITHMS = List.of("sha256", "sha512");
  private static final String FILES = "fs";

  private final Disk disk;
  private final Path root;
  private final Path layers;
  private final Path tmp;
  private final Set<Digest> found;

  /** One deletion at a time: they are never urgent, and the disk has better things to do. */
  private final Lane deletions = new Lane();

  private DirectoryStore(Disk disk, Path root, Set<Digest> found) {
    this.disk = disk;
    this.root = root;
    this.layers = root.resolve("layers");
    this.tmp = layers.resolve("tmp");
    this.found = Set.copyOf(found);
  }

  static Future<ImageStore> open(Disk disk, Path root) {
    return disk.run(() -> prepare(disk, root.toAbsolutePath()))
        .compose(store -> store.sweep().map(store));
  }

  private static DirectoryStore prepare(Disk disk, Path root) throws IOException {
    var bare = new DirectoryStore(disk, root, Set.of());
    secret(root);
    refuseOverlay(root);
    secret(bare.layers);
    refuseWithoutTypes(root);
    secret(bare.tmp);
    secret(bare.layers.resolve("empty"));
    open(bare.empty());
    var found = new HashSet<Digest>();
    for (var algorithm : ALGORITHMS) {
      var directory = bare.layers.resolve(algorithm);
      secret(directory);
      for (var child : children(directory)) {
        digest(algorithm, child).ifPresent(found::add);
      }
    }
    return new DirectoryStore(disk, root, found);
  }

  /** An overlay cannot be stacked on one whose layers it would need to mark deletions in. */
  private static void refuseOverlay(Path root) throws IOException {
    var type = Files.getFileStore(root).type();
    if (type.equals("overlay") || type.equals("fuse-overlayfs")) {
      throw RuntimeFault.precondition(
          "image store: "
              + root
              + " is on "
              + type
              + " (expected: a file system such as ext4, xfs or tmpfs: mount one there)");
    }
  }

  /**
   * An overlay finds whiteouts by the type of a directory's entries, which XFS keeps only if it was
   * made with ftype=1: without, what an upper layer deleted would be there again.
   */
  private static void refuseWithoutTypes(Path root) throws IOException {
    if (!Disk.tellsTypes(root)) {
      throw RuntimeFault.precondition(
          "image store: "
              + root
              + " is on "
              + Files.getFileStore(root).type()
              + " without types in directories (expected: for xfs, one made by mkfs.xfs -n"
              + " ftype=1, or another file system mounted there)");
    }
  }

  private static void secret(Path directory) throws IOException {
    make(directory, "rwx------");
  }

  private static void open(Path directory) throws IOException {
    make(directory, "rwxr-xr-x");
  }

  private static void make(Path directory, String mode) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
  }

  private static List<Path> children(Path directory) throws IOException {
    var children = new ArrayList<Path>();
    try (var stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    }
    return children;
  }

  /** What somebody else put here is not ours to stumble over, nor to delete. */
  private static Optional<Digest> digest(String algorithm, Path directory) {
    try {
      return Optional.of(new Digest(algorithm + ":" + directory.getFileName()));
    } catch (RuntimeFault notOurs) {
      LOG.atWarn().addKeyValue("error", notOurs.getMessage()).log("not a layer, left alone");
      return Optional.empty();
    }
  }

  private Future<Void> sweep() {
    return disk.run(() -> children(tmp))
        .map(
            left -> {
              left.forEach(this::deleteBehind);
              return null;
            });
  }

  private void deleteBehind(Path tree) {
    deletions
        .enter(() -> disk.delete(tree))
        .onFailure(
            cause ->
                LOG.atWarn()
                    .addKeyValue("error", cause.getMessage())
                    .log("not deleted, left for the next start"));
  }

  @Override
  public Path root() {
    return root;
  }

  @Override
  public Path layer(Digest diffId) {
    return home(diffId).resolve(FILES);
  }

  @Override
  public Path loose(Digest diffId) {
    return home(diffId).resolve(Draft.LOOSE);
  }

  @Override
  public Future<Optional<KeptBlob>> blob(Digest diffId) {
    return disk.run(
        () ->
            children(home(diffId)).stream()
                .filter(file -> file.getFileName().toString().startsWith(Draft.BLOB))
                .map(DirectoryStore::kept)
                .findFirst());
  }

  private static KeptBlob kept(Path file) {
    var name = file.getFileName().toString().substring(Draft.BLOB.length());
    return new KeptBlob(new Digest(name.replace('-', ':')), file);
  }

  private Path home(Digest diffId) {
    return layers.resolve(diffId.algorithm()).resolve(diffId.hex());
  }

  @Override
  public Path empty() {
    return layers.resolve("empty").resolve(FILES);
  }

  @Override
  public Set<Digest> found() {
    return found;
  }

  @Override
  public Future<Draft> draft() {
    return disk.run(
        () -> {
          var draft = new Draft(fresh("draft"));
          secret(draft.directory());
          open(draft.tree());
          secret(draft.aside());
          return draft;
        });
  }

  private Path fresh(String what) {
    return tmp.resolve(what + "-" + UUID.randomUUID());
  }

  @Override
  public Future<Void> tidy(Draft draft) {
    return disk.delete(draft.aside());
  }

  @Override
  public Future<Void> publish(Draft draft, Digest diffId) {
    return disk.run(() -> moved(draft, diffId))
        .compose(moved -> moved ? Future.succeededFuture() : discard(draft));
  }

  private boolean moved(Draft draft, Digest diffId) throws IOException {
    try {
      Files.move(draft.directory(), home(diffId), StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException _) {
      return false;
    } catch (FileSystemException failure) {
      if (Files.isDirectory(layer(diffId))) { // the JDK has no name for rename's ENOTEMPTY
        return false;
      }
      throw failure;
    }
  }

  @Override
  public Future<Void> discard(Draft draft) {
    return disk.delete(draft.directory());
  }

  @Override
  public Future<Void> free(Digest diffId) {
    var doomed = fresh("freed");
    return disk.run(() -> taken(diffId, doomed))
        .map(
            taken -> {
              if (taken) {
                deleteBehind(doomed);
              }
              return null;
            });
  }

  private boolean taken(Digest diffId, Path to) throws IOException {
    try {
      Files.move(home(diffId), to, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  @Override
  public Future<Void> sync() {
    return disk.sync(root);
  }
}
