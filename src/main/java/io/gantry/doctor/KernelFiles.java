package io.gantry.doctor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel tells in files. Its methods block.
 *
 * @param root {@code /}, or what stands for it
 */
record KernelFiles(Path root) {
  private static final int BLOCK = 64 << 10;

  /** The first line; empty if there is no such file, or this process may not read it. */
  Optional<String> line(String file) {
    return text(file).flatMap(text -> text.lines().findFirst()).map(String::strip);
  }

  /** The words of a file, none if there is none. */
  List<String> words(String file) {
    return text(file).map(text -> Arrays.asList(text.strip().split("\\s+", -1))).orElse(List.of());
  }

  /**
   * The whole text. Read in large blocks: a number in /proc/sys is told only to the first read
   * (proc_dointvec in kernel/sysctl.c), and {@link Files#readString} begins with one byte.
   */
  Optional<String> text(String file) {
    try (var in = Files.newInputStream(root.resolve(file))) {
      var text = new ByteArrayOutputStream();
      var block = new byte[BLOCK];
      for (var count = in.read(block); count > 0; count = in.read(block)) {
        text.write(block, 0, count);
      }
      return Optional.of(text.toString(StandardCharsets.UTF_8));
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  /** A number that is a file's whole text. */
  Optional<Long> number(String file) {
    return line(file).filter(text -> text.matches("-?[0-9]{1,18}")).map(Long::valueOf);
  }

  boolean has(String file) {
    return Files.exists(root.resolve(file));
  }

  /** What follows {@code name} in a file of names and values, such as /proc/self/status. */
  Optional<String> field(String file, String name) {
    return text(file).stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip())
        .findFirst();
  }
}
