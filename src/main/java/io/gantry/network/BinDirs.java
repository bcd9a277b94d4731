package io.gantry.network;

import io.gantry.errors.RuntimeFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The directories with plugins in them. Its methods block. */
record BinDirs(List<Path> directories) {
  BinDirs {
    directories = List.copyOf(directories);
  }

  /** The program of a plugin; its type has been checked to be a bare name. */
  Path find(String type) {
    return directories.stream()
        .map(directory -> directory.resolve(type))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .orElseThrow(
            () ->
                RuntimeFault.precondition(
                    "network plugin: "
                        + type
                        + ": not found (expected: an executable in "
                        + joined(" or ")
                        + ")"));
  }

  /** As CNI_PATH has them. */
  String path() {
    return joined(":");
  }

  private String joined(String between) {
    return directories.stream().map(Path::toString).collect(Collectors.joining(between));
  }
}
