package io.gantry.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A mounted tree of control groups.
 *
 * @param isUnified cgroup v2, as the only tree or beside those of v1
 * @param options of the mount; for v1 the controllers are among them
 */
record Hierarchy(Path mount, boolean isUnified, Set<String> options) {
  /** The trees of this host. One that is mounted twice, or cannot be written, is left out. */
  static List<Hierarchy> all(List<MountTable.Line> mounts) {
    var devices = new HashSet<String>();
    var found = new ArrayList<Hierarchy>();
    for (var line : mounts) {
      var type = line.mount().type();
      var target = line.mount().target();
      var wanted = type.equals("cgroup") || type.equals("cgroup2");
      if (wanted && Files.isWritable(target) && devices.add(line.device())) {
        found.add(new Hierarchy(target, type.equals("cgroup2"), Set.copyOf(line.superOptions())));
      }
    }
    return found;
  }

  /** Whether a file such as {@code memory.stat} can be in this tree. */
  boolean has(String file) {
    return isUnified || options.contains(file.substring(0, Math.max(0, file.indexOf('.'))));
  }

  /** Of v1 the options of the mount, which name it too; of v2 those of the root. */
  Collection<String> controllers() throws IOException {
    if (!isUnified) {
      return options;
    }
    var file = mount.resolve("cgroup.controllers");
    return Files.exists(file) ? List.of(Files.readString(file).strip().split(" ", -1)) : List.of();
  }

  Cgroup group(String path) {
    return new Cgroup(this, mount.resolve(Path.of("/").relativize(Path.of(path))));
  }

  /**
   * Where a process is; empty if that lies outside what is mounted here.
   *
   * @param place the process's /proc/PID/cgroup: a line a tree, with number, controllers and path
   */
  Optional<Cgroup> groupOf(String place) {
    return place
        .lines()
        .map(line -> line.split(":", 3))
        .filter(fields -> isNamed(fields[1]))
        .map(fields -> group(fields[2]))
        .filter(Cgroup::exists)
        .findFirst();
  }

  private boolean isNamed(String controllers) {
    return isUnified
        ? controllers.isEmpty()
        : !controllers.isEmpty() && options.containsAll(List.of(controllers.split(",", -1)));
  }
}
