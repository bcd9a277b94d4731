package io.gantry.runtime;

import java.nio.file.Path;
import java.util.List;

/**
 * A container's root file system, which the driver mounts or turns into a block device as it needs.
 *
 * @param layers unpacked layers, the topmost first
 * @param writable a directory for what the container writes, with {@code upper} and {@code work} in
 *     it; both exist
 * @param target where a driver that wants a mount has it; it exists
 */
public record Rootfs(List<Path> layers, Path writable, Path target) {
  public Rootfs {
    layers = List.copyOf(layers);
  }

  public Path upper() {
    return writable.resolve("upper");
  }

  public Path work() {
    return writable.resolve("work");
  }
}
