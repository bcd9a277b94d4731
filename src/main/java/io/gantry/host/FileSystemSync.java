package io.gantry.host;

import java.io.IOException;
import java.nio.file.Path;

/** One sync of a whole file system instead of one for each of a million files. */
final class FileSystemSync {
  // SAFETY: int syncfs(int).
  private static final CFunction SYNCFS = CFunction.ints("syncfs");

  private FileSystemSync() {}

  /** Blocks until what was written before is on the disk. */
  static void of(Path directory) throws IOException {
    var descriptor = Descriptors.open(directory, Descriptors.O_RDONLY);
    try {
      Libc.check(directory.toString(), errno -> SYNCFS.call(errno, descriptor));
    } finally {
      Descriptors.close(descriptor);
    }
  }
}
