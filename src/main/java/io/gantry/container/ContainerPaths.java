package io.gantry.container;

import io.gantry.ids.ContainerId;
import java.nio.file.Path;

/** Where the parts of a container lie. */
record ContainerPaths(Path root, Path run) {
  /** The runtime driver's own, gone after a reboot. */
  Path bundle(ContainerId id) {
    return run.resolve("containers").resolve(id.value());
  }

  /** Where its root is mounted. */
  Path rootfs(ContainerId id) {
    return bundle(id).resolve("rootfs");
  }

  /** Where the images of its volumes are mounted. */
  Path volumes(ContainerId id) {
    return run.resolve("volumes").resolve(id.value());
  }

  /** The volumes that its image asks for; on disk. */
  Path anonymous(ContainerId id) {
    return writable(id).resolve("volumes");
  }

  /** What its runtime was told, for a daemon that is started again on this boot. */
  Path spec(ContainerId id) {
    return run.resolve("specs").resolve(id.value() + ".json");
  }

  /** What it writes; on disk. */
  Path writable(ContainerId id) {
    return root.resolve("containers").resolve(id.value());
  }

  /** What its checkpoint is put together in; on disk. */
  Path checkpoint(ContainerId id) {
    return writable(id).resolve("checkpoint");
  }

  /** The part of it that lies over the image's layers. */
  Path upper(ContainerId id) {
    return writable(id).resolve("upper");
  }
}
