package io.gantry.app;

import static java.nio.file.attribute.PosixFilePermission.GROUP_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;

import io.gantry.config.Owners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The root folder and the run folder, before anything is put into them. */
final class Folders {
  private static final Logger LOG = LoggerFactory.getLogger(Folders.class);
  private static final String CACHE = "cache";

  private Folders() {}

  /**
   * Makes them. Others may pass through, and not look around: a pod with users of its own resolves
   * the path of its root file system as one of those.
   */
  static void make(Owners owners) throws IOException {
    for (var folder : List.of(owners.root(), owners.run())) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
      letPass(folder);
    }
    var type = Files.getFileStore(owners.run()).type();
    if (!type.equals("tmpfs")) {
      LOG.atWarn()
          .addKeyValue("error", "run: " + owners.run() + " is on " + type + " (expected: a tmpfs)")
          .log("what a reboot should clear will be there after it");
    }
  }

  private static void letPass(Path folder) throws IOException {
    var permissions = Files.getPosixFilePermissions(folder);
    if (permissions.addAll(Set.of(GROUP_EXECUTE, OTHERS_EXECUTE))) {
      Files.setPosixFilePermissions(folder, permissions);
    }
  }

  /**
   * Where Vert.x unpacks what it reads from jars, such as the schemas of OpenAPI: below the run
   * folder and nowhere else. It adds a word of its own to the name; what a daemon that was killed
   * left there goes first.
   */
  static Path cache(Path run) throws IOException {
    try (var left = Files.newDirectoryStream(run, CACHE + "-*")) {
      for (var old : left) {
        remove(old);
      }
    }
    return run.resolve(CACHE);
  }

  private static void remove(Path tree) throws IOException {
    try (var all = Files.walk(tree)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
