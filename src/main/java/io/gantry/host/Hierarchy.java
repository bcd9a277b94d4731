package io.gantry.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * A mounted tree of control groups.
 *
 * @param isUnified cgroup v2, as the only tree or beside those of v1
 */
record Hierarchy(Path mount, boolean isUnified) {
  /** The trees of this host. One that is mounted twice, or cannot be written, is left out. */
  static List<Hierarchy> all(List<MountTable.Line> mounts) {
    var devices = new HashSet<String>();
    var found = new ArrayList<Hierarchy>();
    for (var line : mounts) {
      var type = line.mount().type();
      var target = line.mount().target();
      var wanted = type.equals("cgroup") || type.equals("cgroup2");
      if (wanted && Files.isWritable(target) && devices.add(line.device())) {
        found.add(new Hierarchy(target, type.equals("cgroup2")));
      }
    }
    return found;
  }

  Cgroup group(String path) {
    return new Cgroup(this, mount.resolve(Path.of("/").relativize(Path.of(path))));
  }
}
