package io.gantry.shim;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The FIFOs of a process. With a terminal there is one output; without, always both, since shims
 * fail where one of them is missing.
 */
record Stdio(Path directory, boolean terminal, boolean hasInput) {
  Optional<Path> input() {
    return hasInput ? Optional.of(directory.resolve("stdin")) : Optional.empty();
  }

  Path output() {
    return directory.resolve("stdout");
  }

  Optional<Path> errors() {
    return terminal ? Optional.empty() : Optional.of(directory.resolve("stderr"));
  }

  /** What is read by us. */
  List<Path> outputs() {
    return Stream.concat(Stream.of(output()), errors().stream()).toList();
  }

  List<Path> all() {
    return Stream.concat(outputs().stream(), input().stream()).toList();
  }

  /** As a shim is told: a path, or nothing. */
  static String told(Optional<Path> fifo) {
    return fifo.map(Path::toString).orElse("");
  }
}
