package io.gantry.host;

import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The file of a Unix socket that a door serves on. It is bound under another name first: a client
 * that connects in the instant of the bind would be dropped, and until the mode is set anybody
 * could connect.
 */
public record SocketFile(Disk disk, Path path) {
  /** Where to bind. */
  public Path unfinished() {
    return path.resolveSibling(path.getFileName() + ".tmp");
  }

  /** Makes room for the bind. */
  public Future<Void> prepare() {
    return disk.act(
        () -> {
          Files.createDirectories(path.toAbsolutePath().getParent());
          Files.deleteIfExists(unfinished());
        });
  }

  /** Lets root and its group in, under the final name. */
  public Future<Void> publish() {
    return disk.act(
        () -> {
          Files.setPosixFilePermissions(unfinished(), PosixFilePermissions.fromString("rw-rw----"));
          Files.move(unfinished(), path, StandardCopyOption.ATOMIC_MOVE);
        });
  }

  public Future<Void> remove() {
    return disk.act(() -> Files.deleteIfExists(path));
  }
}
