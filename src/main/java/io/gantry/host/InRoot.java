package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Paths inside a root that somebody else filled: openat2(2) with RESOLVE_IN_ROOT, so that no link
 * leads out. For threads that may block.
 */
final class InRoot {
  private InRoot() {}

  /** The open directory of {@code inner}, to be closed by the caller; NOT_FOUND without one. */
  static int directory(Path root, String inner) throws SyscallFailure {
    var base = Descriptors.open(root, Descriptors.O_PATH);
    try {
      return FileCalls.openInRoot(base, inner, FileCalls.O_DIRECTORY);
    } finally {
      Descriptors.close(base);
    }
  }

  /**
   * Where a directory is, or would be if it were made.
   *
   * @param path inside the root, without links
   * @param exists whether something is there
   */
  record Place(Path path, boolean exists) {}

  /**
   * Where {@code inner} leads. What is no directory, or a broken link, is refused: whoever made it
   * later would make it somewhere else.
   *
   * <p>Good for as long as nobody changes what is in the root.
   */
  static Place place(Path root, String inner) throws IOException {
    try {
      var directory = directory(root, inner);
      try {
        var real = Path.of("/proc/self/fd/" + directory).toRealPath();
        var below = root.toRealPath().relativize(real).toString();
        return new Place(Path.of("/").resolve(below), true);
      } finally {
        Descriptors.close(directory);
      }
    } catch (SyscallFailure failure) {
      var path = Path.of("/").resolve(inner).normalize();
      if (!failure.is(Errno.ENOENT) || path.getParent() == null || isThere(root, inner)) {
        throw RuntimeFault.precondition(
            "path: '" + inner + "' (expected: a directory, or nothing, and no broken link)");
      }
      var parent = place(root, path.getParent().toString());
      return new Place(parent.path().resolve(path.getFileName()), false);
    }
  }

  /** Whether there is anything of that name, be it a link that leads nowhere. */
  private static boolean isThere(Path root, String inner) throws SyscallFailure {
    var base = Descriptors.open(root, Descriptors.O_PATH);
    try {
      Descriptors.close(FileCalls.openInRoot(base, inner, FileCalls.O_NOFOLLOW));
      return true;
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENOENT)) {
        return false;
      }
      throw failure;
    } finally {
      Descriptors.close(base);
    }
  }
}
