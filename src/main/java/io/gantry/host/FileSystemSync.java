package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** One sync of a whole file system instead of one for each of a million files. */
final class FileSystemSync {
  // SAFETY: int syncfs(int).
  private static final MethodHandle SYNCFS =
      Libc.function("syncfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private FileSystemSync() {}

  /** Blocks until what was written before is on the disk. */
  static void of(Path directory) throws IOException {
    var descriptor = Descriptors.open(directory, Descriptors.O_RDONLY);
    try {
      Libc.check(directory.toString(), errno -> (int) SYNCFS.invokeExact(errno, descriptor));
    } finally {
      Descriptors.close(descriptor);
    }
  }
}
