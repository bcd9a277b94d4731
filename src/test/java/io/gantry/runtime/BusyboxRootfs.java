package io.gantry.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An image layer with busybox in it, from the static one of this host. */
final class BusyboxRootfs {
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "sleep",
          "echo",
          "cat",
          "true",
          "false",
          "setsid",
          "ps",
          "kill",
          "head",
          "tail",
          "yes",
          "id",
          "ls",
          "touch",
          "stty",
          "hostname",
          "readlink");

  private BusyboxRootfs() {}

  static Path layer(Path directory) throws IOException {
    var bin = Files.createDirectories(directory.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    for (var applet : APPLETS) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    for (var mountPoint : List.of("proc", "dev", "tmp", "sys")) {
      Files.createDirectories(directory.resolve(mountPoint));
    }
    return directory;
  }
}
