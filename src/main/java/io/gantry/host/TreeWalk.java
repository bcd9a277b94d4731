package io.gantry.host;

import io.gantry.host.FileCalls.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Measures a tree that a container writes at the same time, a number of files at a go, so that
 * whoever walks can pause in between. In bounded memory: one open directory a level and nothing
 * else; directories more than {@value #LEVELS_MAX} levels down are counted, but not entered. Links
 * are never followed and mounts never entered, whatever is moved about meanwhile.
 *
 * <p>Blocks; for one thread at a time.
 */
public final class TreeWalk implements AutoCloseable {
  static final int LEVELS_MAX = 256;

  private static final long BLOCK = 512;

  private final Deque<DirectoryEntries> open = new ArrayDeque<>();
  private double bytes;
  private double inodes;

  private TreeWalk() {}

  /** A walk that stands before the first file of {@code tree}; one that is not there is empty. */
  public static TreeWalk of(Path tree) throws IOException {
    var walk = new TreeWalk();
    try {
      walk.enter(DirectoryEntries.of(tree));
    } catch (SyscallFailure failure) {
      if (!isGone(failure)) {
        throw failure;
      }
    }
    return walk;
  }

  /** Walks on over up to {@code files} files; whether that was the last. */
  public boolean further(int files) throws IOException {
    for (var left = files; left > 0 && !open.isEmpty(); left--) {
      var entry = open.getLast().next();
      if (entry.isEmpty()) {
        open.removeLast().close();
      } else {
        look(entry.get());
      }
    }
    return open.isEmpty();
  }

  private void look(DirectoryEntries.Entry entry) throws IOException {
    try {
      var status = entry.status();
      if (status.isDirectory() && open.size() < LEVELS_MAX) {
        enter(entry.open());
      } else {
        count(status);
      }
    } catch (SyscallFailure failure) {
      if (!isGone(failure)) {
        throw failure;
      }
    }
  }

  private void enter(DirectoryEntries directory) throws IOException {
    open.addLast(directory);
    count(directory.status());
  }

  /** Each name of a file with several has its share, so that no inode need be remembered. */
  private void count(Status status) {
    var names = status.isDirectory() ? 1 : Math.max(1, status.links());
    bytes += (double) (status.blocks() * BLOCK) / names;
    inodes += 1.0 / names;
  }

  /** Deleted, or become something else, since its name was read. */
  private static boolean isGone(SyscallFailure failure) {
    return failure.is(Errno.ENOENT)
        || failure.is(Errno.ENOTDIR)
        || failure.is(Errno.ELOOP)
        || failure.is(Errno.EXDEV);
  }

  /** What was counted so far. */
  public TreeUsage usage() {
    return new TreeUsage(Math.round(bytes), Math.round(inodes));
  }

  /** Gives up, or has ended: nothing stays open. */
  @Override
  public void close() {
    open.forEach(DirectoryEntries::close);
    open.clear();
  }
}
