package io.gantry.monitor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What /proc tells of a process; nothing of one that has gone meanwhile. For threads that may
 * block.
 */
final class ProcFiles {
  private static final Path PROC = Path.of("/proc");

  private ProcFiles() {}

  /** Every process there is. */
  static List<Integer> pids() throws IOException {
    try (var files = Files.list(PROC)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[0-9]+"))
          .map(Integer::valueOf)
          .toList();
    }
  }

  /** The command line. */
  static List<String> arguments(int pid) {
    try {
      var bytes = Files.readAllBytes(of(pid).resolve("cmdline"));
      return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** The session: field 6 of stat, counted behind the name, which may hold anything. */
  static Optional<Integer> session(int pid) {
    try {
      var stat = Files.readString(of(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
      var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(Integer.valueOf(fields[3]));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /** The pipes, by their inode, that are the standard output or error. */
  static Set<String> outputPipes(int pid) {
    var pipes = new HashSet<String>();
    for (var descriptor : List.of("1", "2")) {
      try {
        var target = Files.readSymbolicLink(of(pid).resolve("fd").resolve(descriptor)).toString();
        if (target.startsWith("pipe:")) {
          pipes.add(target);
        }
      } catch (IOException gone) {
        // A process that has ended has no descriptors.
      }
    }
    return pipes;
  }

  private static Path of(int pid) {
    return PROC.resolve(String.valueOf(pid));
  }
}
