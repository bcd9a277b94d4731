package io.gantry.runtime;

import io.gantry.ids.IdMappings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A container's root file system, which the driver mounts or turns into a block device as it needs.
 *
 * @param layers unpacked layers, the topmost first
 * @param writable a directory for what the container writes, with {@code upper} and {@code work} in
 *     it; both exist
 * @param target where a driver that wants a mount has it; it exists
 * @param users with whose ids the layers are to be shown; as they are if empty
 */
public record Rootfs(List<Path> layers, Path writable, Path target, Optional<Users> users) {
  /**
   * The pod's user namespace.
   *
   * @param namespace its file
   */
  public record Users(Path namespace, IdMappings ids) {}

  public Rootfs {
    layers = List.copyOf(layers);
  }

  /** With owners as they are. */
  public Rootfs(List<Path> layers, Path writable, Path target) {
    this(layers, writable, target, Optional.empty());
  }

  public Path upper() {
    return writable.resolve("upper");
  }

  public Path work() {
    return writable.resolve("work");
  }

  /**
   * The image of a driver that turns it into a block device; what the container writes is in it.
   */
  public RootImage image() {
    return RootImage.in(writable);
  }

  /** The same, to be mounted elsewhere. */
  public Rootfs at(Path elsewhere) {
    return new Rootfs(layers, writable, elsewhere, users);
  }
}
