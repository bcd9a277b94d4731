package io.gantry.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A copy of the mount namespace without some of its mounts, for the children of one thread. */
final class Hiding {
  private Hiding() {}

  /**
   * Gives the calling thread such a copy. Only the mounts that the hidden ones hang on are cut off
   * from the original; all others go on to propagate to and fro.
   */
  static void from(Set<Path> hidden) throws IOException {
    if (hidden.isEmpty()) {
      return;
    }
    MountCalls.unshare(MountCalls.CLONE_FS | MountCalls.CLONE_NEWNS);
    for (var path : hidden) {
      hide(path);
    }
  }

  private static void hide(Path path) throws IOException {
    var mounts = MountTable.ofThisThread();
    if (mounts.stream().noneMatch(mount -> mount.target().equals(path))) {
      return;
    }
    // An unmount propagates through the mount that carries the mount point.
    var carrier = carrier(path.getParent(), mounts);
    MountCalls.mount(null, carrier.toString(), null, MountCalls.MS_PRIVATE, null);
    LinuxMounts.detachAll(path);
  }

  private static Path carrier(@Nullable Path path, Iterable<Mounts.Mount> mounts) {
    var deepest = Path.of("/");
    for (var mount : mounts) {
      var target = mount.target();
      if (path != null
          && path.startsWith(target)
          && target.getNameCount() >= deepest.getNameCount()) {
        deepest = target;
      }
    }
    return deepest;
  }
}
