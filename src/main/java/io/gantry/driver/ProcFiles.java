package io.gantry.driver;

import io.gantry.runtime.ProcessUsage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What /proc tells of a process; nothing of one that has gone meanwhile. For threads that may
 * block.
 */
public final class ProcFiles {
  private static final Path PROC = Path.of("/proc");

  private ProcFiles() {}

  /** The processes with {@code word} among their arguments. */
  public static Set<Integer> mentioning(String word) throws IOException {
    var pids = new LinkedHashSet<Integer>();
    pids().stream().filter(pid -> arguments(pid).contains(word)).forEach(pids::add);
    return pids;
  }

  private static List<Integer> pids() throws IOException {
    try (var files = Files.list(PROC)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[0-9]+"))
          .map(Integer::valueOf)
          .toList();
    }
  }

  /** The command line. */
  public static List<String> arguments(int pid) {
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

  /** What processes hold; {@code first} is the one whose limit counts, if it still lives. */
  static ProcessUsage usage(List<Integer> pids, Optional<Integer> first) {
    var held = new int[2];
    for (var pid : pids) {
      count(of(pid).resolve("fd"), held);
    }
    return new ProcessUsage(
        pids.size(),
        held[0],
        held[1],
        first.filter(pids::contains).map(ProcFiles::openFilesMax).orElse(OptionalLong.empty()));
  }

  /** Adds open descriptors to {@code held[0]}, and sockets to {@code held[1]}. */
  private static void count(Path descriptors, int[] held) {
    try (var open = Files.newDirectoryStream(descriptors)) {
      for (var descriptor : open) {
        held[0]++;
        held[1] += isSocket(descriptor) ? 1 : 0;
      }
    } catch (IOException | DirectoryIteratorException gone) {
      // What has ended holds nothing.
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closed) {
      return false;
    }
  }

  /** The soft limit: {@code Max open files 1024 4096 files}; empty if it is unlimited. */
  private static OptionalLong openFilesMax(int pid) {
    try {
      for (var line : Files.readAllLines(of(pid).resolve("limits"))) {
        var words = line.split(" +", -1);
        if (line.startsWith("Max open files") && words[3].matches("[0-9]+")) {
          return OptionalLong.of(Long.parseLong(words[3]));
        }
      }
    } catch (IOException gone) {
      // As if it had none.
    }
    return OptionalLong.empty();
  }

  private static Path of(int pid) {
    return PROC.resolve(String.valueOf(pid));
  }
}
