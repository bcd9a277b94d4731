package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** File work that blocks, on a small bounded pool of platform threads. */
public interface Disk {
  /** Work without a result. */
  interface Action {
    void run() throws Exception;
  }

  /**
   * Runs {@code work} on the pool. What it throws becomes a fault: no space left is
   * RESOURCE_EXHAUSTED, a fault stays itself, anything else is INTERNAL.
   */
  <T extends @Nullable Object> Future<T> run(Callable<T> work);

  /** What {@link #run} makes of what its work throws, for who writes files by other means. */
  static RuntimeFault faultOf(Throwable thrown) {
    return Faults.of(thrown);
  }

  /** Runs {@code action} on the pool, with the same faults. */
  default Future<Void> act(Action action) {
    return this.<@Nullable Void>run(
            () -> {
              action.run();
              return null;
            })
        .mapEmpty();
  }

  /**
   * Deletes a file or a tree, in bounded memory however deep it is; nothing there is a success.
   * Nothing must be mounted in it.
   */
  default Future<Void> delete(Path tree) {
    return act(() -> TreeRemoval.delete(tree));
  }

  /**
   * Copies the directory that {@code inner} names inside {@code root} to {@code to}, which does not
   * exist, with all that files have; makes an empty one if it is not there. Links on the way lead
   * to where they would if {@code root} were {@code /}. Nobody may write below {@code root}
   * meanwhile.
   *
   * @return the path inside the root at which it is, or would be
   */
  default Future<Path> copyWithin(Path root, String inner, Path to) {
    return run(() -> TreeCopy.within(root, inner, to));
  }

  /**
   * Gives a file, or a directory with all in it, an SELinux label. Links get it themselves and are
   * never followed; what is mounted in it is left out; what has the label already is not written.
   * Goes on in portions, between which others have their turn. A file system that has no labels is
   * FAILED_PRECONDITION, as is a link on the way to {@code tree}.
   *
   * @param over why to give up, if so; asked between portions
   */
  default Future<Void> label(Path tree, String label, Supplier<Optional<RuntimeFault>> over) {
    return run(() -> TreeLabels.of(tree, label)).compose(labels -> label(labels, over));
  }

  private Future<Void> label(TreeLabels labels, Supplier<Optional<RuntimeFault>> over) {
    return this.<Boolean>run(() -> labels.further(over))
        .compose(done -> done ? Future.succeededFuture() : label(labels, over));
  }

  /** Brings all of the file system that {@code directory} is on to the disk, with syncfs(2). */
  default Future<Void> sync(Path directory) {
    return act(() -> FileSystemSync.of(directory));
  }

  /**
   * Whether the file system says in its directories what kind each entry is, as an overlay needs
   * it; {@code directory} has an entry by which it is seen. Blocks.
   */
  static boolean tellsTypes(Path directory) throws IOException {
    try (var entries = DirectoryEntries.of(directory)) {
      return entries.next().map(DirectoryEntries.Entry::hasType).orElse(true);
    }
  }

  /** The file system that {@code path} is on. */
  default Future<FileSystemSpace> space(Path path) {
    return run(() -> MountTable.space(path));
  }
}
