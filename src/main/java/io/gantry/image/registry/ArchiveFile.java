package io.gantry.image.registry;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * An archive of images that is a file here: where in it each of its members is.
 *
 * @param members by their names, without {@code ./}
 */
public record ArchiveFile(Path file, Map<String, Region> members) {
  /** A stretch of the file, in bytes. */
  public record Region(long offset, long size) {}

  public ArchiveFile {
    members = Map.copyOf(members);
  }

  Optional<Region> find(String name) {
    return Optional.ofNullable(members.get(name));
  }
}
