package io.gantry.monitor;

import io.gantry.runtime.ContainerProcess;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the ledger has of one container.
 *
 * @param bootId the boot on which its processes mean something
 * @param mounted where its layers are mounted, if they are
 * @param process empty until it has been created
 * @param started whether it was told to run
 */
record Entry(
    String id,
    String bootId,
    Path directory,
    Optional<Path> mounted,
    String cgroup,
    Optional<ContainerProcess> process,
    boolean started) {

  Entry with(ContainerProcess created) {
    return new Entry(id, bootId, directory, mounted, cgroup, Optional.of(created), started);
  }

  Entry withStart() {
    return new Entry(id, bootId, directory, mounted, cgroup, process, true);
  }

  Bundle bundle() {
    return new Bundle(directory);
  }
}
