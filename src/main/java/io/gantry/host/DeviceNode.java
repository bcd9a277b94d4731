package io.gantry.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A device node of the host.
 *
 * @param type {@code c} or {@code b}
 * @param mode its permission bits
 */
public record DeviceNode(String type, long major, long minor, int mode, long uid, long gid) {
  private static final int TYPE_MASK = 0170000;
  private static final int CHARACTER = 0020000;
  private static final int BLOCK = 0060000;

  /** What lies at a path, links followed; empty if that is no device. Blocks. */
  public static Optional<DeviceNode> at(Path path) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    var mode = (int) Files.getAttribute(path, "unix:mode");
    var type = mode & TYPE_MASK;
    if (type != CHARACTER && type != BLOCK) {
      return Optional.empty();
    }
    var number = (long) Files.getAttribute(path, "unix:rdev");
    return Optional.of(
        new DeviceNode(
            type == CHARACTER ? "c" : "b",
            major(number),
            minor(number),
            mode & 0777,
            ((Integer) Files.getAttribute(path, "unix:uid")).longValue(),
            ((Integer) Files.getAttribute(path, "unix:gid")).longValue()));
  }

  /** glibc's encoding of dev_t. */
  private static long major(long device) {
    return ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
  }

  private static long minor(long device) {
    return (device & 0xff) | ((device >>> 12) & ~0xffL);
  }
}
