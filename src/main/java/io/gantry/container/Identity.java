package io.gantry.container;

import java.util.List;
import java.util.Optional;

/**
 * Whom a container's first process runs as, inside the container.
 *
 * @param groups the primary one among them
 * @param home of the user, if the image knows them
 */
public record Identity(long user, long group, List<Long> groups, Optional<String> home) {
  public Identity {
    groups = List.copyOf(groups);
  }
}
