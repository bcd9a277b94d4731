package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

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
      return FileCalls.openInRoot(base, inner, FileCalls.O_DIRECTORY, 0);
    } finally {
      Descriptors.close(base);
    }
  }

  /**
   * Where the directory of {@code inner} is, without links, below {@code root}; empty if nothing is
   * there. What is no directory, or is missing behind a link, is refused: whoever makes it later
   * would make it somewhere else.
   *
   * <p>Good for as long as nobody changes what is in the root.
   */
  static Optional<Path> real(Path root, String inner) throws IOException {
    try {
      var directory = directory(root, inner);
      try {
        return Optional.of(Path.of("/proc/self/fd/" + directory).toRealPath());
      } finally {
        Descriptors.close(directory);
      }
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENOENT) && straight(root, inner)) {
        return Optional.empty();
      }
      throw RuntimeFault.precondition(
          "path: '" + inner + "' (expected: a directory, or nothing, and no broken link)");
    }
  }

  /** Whether looking for {@code inner} meets no link before it meets its end. */
  private static boolean straight(Path root, String inner) throws SyscallFailure {
    var base = Descriptors.open(root, Descriptors.O_PATH);
    try {
      Descriptors.close(FileCalls.openInRoot(base, inner, 0, FileCalls.RESOLVE_NO_SYMLINKS));
      return false;
    } catch (SyscallFailure failure) {
      return failure.is(Errno.ENOENT);
    } finally {
      Descriptors.close(base);
    }
  }
}
