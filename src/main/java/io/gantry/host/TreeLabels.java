package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Gives a tree, which containers may be writing, an SELinux label, some files at a go. In bounded
 * memory: one open directory a level, and no more than {@value #LEVELS_MAX} levels. Each file is
 * opened as a place first: whatever is moved about meanwhile, no link is followed, no device or
 * FIFO opened and no mount entered.
 *
 * <p>Blocks; for one thread at a time. Nothing stays open after the end or a failure.
 */
final class TreeLabels {
  static final int LEVELS_MAX = 256;

  /** What others on the same threads wait for. */
  private static final int PORTION = 2000;

  private static final String LABEL = "security.selinux";

  private final Path tree;
  private final String label;
  private final Deque<DirectoryEntries> open = new ArrayDeque<>();

  private TreeLabels(Path tree, String label) {
    this.tree = tree;
    this.label = label;
  }

  /**
   * Labels {@code tree} itself and stands before the first file in it.
   *
   * @param tree an absolute path without links
   */
  static TreeLabels of(Path tree, String label) throws IOException {
    var labels = new TreeLabels(tree, label);
    var place = place(tree);
    try {
      labels.see(place);
      return labels;
    } catch (SyscallFailure | RuntimeFault failure) {
      labels.close();
      throw failure;
    } finally {
      Descriptors.close(place);
    }
  }

  private static int place(Path tree) throws SyscallFailure {
    try {
      return FileCalls.place(tree);
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ELOOP)) {
        throw RuntimeFault.precondition("label: " + tree + " (expected: no link on the way to it)");
      }
      throw failure;
    }
  }

  /**
   * Labels on.
   *
   * @return whether that was all
   */
  boolean further(Supplier<Optional<RuntimeFault>> over) throws IOException {
    try {
      over.get().ifPresent(TreeLabels::stop);
      for (var left = PORTION; left > 0 && !open.isEmpty(); left--) {
        var entry = open.getLast().next();
        if (entry.isEmpty()) {
          open.removeLast().close();
        } else {
          see(entry.get());
        }
      }
      return open.isEmpty();
    } catch (SyscallFailure | RuntimeFault failure) {
      close();
      throw failure;
    }
  }

  private static void stop(RuntimeFault why) {
    throw why;
  }

  private void see(DirectoryEntries.Entry entry) throws SyscallFailure {
    int place;
    try {
      place = entry.place();
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENOENT) || failure.is(Errno.EXDEV)) { // deleted meanwhile, or a mount
        return;
      }
      throw failure;
    }
    try {
      see(place);
    } finally {
      Descriptors.close(place);
    }
  }

  private void see(int place) throws SyscallFailure {
    if (!AttributeCalls.text(place, LABEL).equals(label)) {
      give(place);
    }
    if (FileCalls.status(place).isDirectory()) {
      if (open.size() >= LEVELS_MAX) {
        throw RuntimeFault.precondition(
            "label: " + tree + " (expected: no more than " + LEVELS_MAX + " directories deep)");
      }
      open.addLast(DirectoryEntries.of(Path.of("/proc/self/fd/" + place)));
    }
  }

  private void give(int place) throws SyscallFailure {
    try {
      AttributeCalls.set(place, LABEL, label);
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.EOPNOTSUPP)) {
        throw RuntimeFault.precondition(
            "label: " + tree + " is on a file system without labels (expected: one that has them)");
      }
      throw failure;
    }
  }

  private void close() {
    open.forEach(DirectoryEntries::close);
    open.clear();
  }
}
