package io.gantry.container;

import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.gantry.runtime.Rootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The container's own {@code /}: of an overlay it is what the upper directory is, so that gets the
 * mode, the owner and the time that the image's topmost layer has there. Blocks.
 */
final class RootDirectory {
  private static final int PERMISSIONS = 07777;
  private static final int COVER = 0755;

  /** Where the kernel's own file systems are mounted. */
  private static final List<String> OF_THE_KERNEL = List.of("dev", "proc", "sys");

  private RootDirectory() {}

  static void make(Rootfs rootfs) throws IOException {
    var upper = rootfs.upper();
    var top = rootfs.layers().getFirst();
    if (!Files.isDirectory(top)) {
      return; // whoever mounts it says so
    }
    var ids = rootfs.users().map(Rootfs.Users::ids);
    give(top, upper, "unix:uid", ids.map(IdMappings::uids));
    give(top, upper, "unix:gid", ids.map(IdMappings::gids));
    Files.setAttribute(
        upper, "unix:mode", (int) Files.getAttribute(top, "unix:mode") & PERMISSIONS);
    for (var name : OF_THE_KERNEL) {
      coverLink(rootfs, name, ids);
    }
    Files.setLastModifiedTime(upper, Files.getLastModifiedTime(top));
  }

  /**
   * runc 1.1 makes files in {@code /dev} before it is inside the root, and follows a link there: to
   * the host. A directory over it keeps it at home.
   */
  private static void coverLink(Rootfs rootfs, String name, Optional<IdMappings> ids)
      throws IOException {
    for (var layer : rootfs.layers()) {
      var there = layer.resolve(name);
      if (Files.isSymbolicLink(there)) {
        var cover = Files.createDirectory(rootfs.upper().resolve(name));
        Files.setAttribute(cover, "unix:mode", COVER);
        if (ids.isPresent()) {
          Files.setAttribute(cover, "unix:uid", ids.get().rootUid());
          Files.setAttribute(cover, "unix:gid", ids.get().rootGid());
        }
      }
      if (Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
        return; // it hides those below, be it by taking them away
      }
    }
  }

  private static void give(Path top, Path upper, String what, Optional<List<IdMapping>> users)
      throws IOException {
    var own = (int) Files.getAttribute(top, what);
    Files.setAttribute(upper, what, users.map(ranges -> mapped(ranges, own)).orElse(own));
  }

  /** As the pod's users see that of the image; root stands in for one that they do not have. */
  private static int mapped(List<IdMapping> ranges, int id) {
    var own = Integer.toUnsignedLong(id);
    return ranges.stream()
        .filter(range -> own >= range.containerId() && own < range.containerId() + range.length())
        .map(range -> (int) (range.hostId() + own - range.containerId()))
        .findFirst()
        .orElseGet(() -> (int) ranges.getFirst().hostId());
  }
}
