package io.gantry.monitor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The script by which conmon looks after a container that is no process of the host's (decision
 * 0025). It is read by a shell, and so may lie where nothing may be executed.
 */
final class StandIn {
  static final Path SHELL = Path.of("/bin/sh");

  private static final String TEXT = "stand-in.sh";

  private StandIn() {}

  /** For threads that may block. What runs from an earlier file keeps that. */
  static void write(Path file) throws IOException {
    try (var text = StandIn.class.getResourceAsStream(TEXT)) {
      if (text == null) {
        throw new IllegalStateException(TEXT + " is not on the class path");
      }
      var half = file.resolveSibling(file.getFileName() + ".half");
      Files.copy(text, half, StandardCopyOption.REPLACE_EXISTING);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /**
   * What comes between the shell and the runtime's verb.
   *
   * @param verb {@code create} or {@code exec}
   */
  static List<String> doing(String verb, Path file, Path runtime, List<String> options) {
    var words = new ArrayList<>(List.of(file.toString(), verb, runtime.toString()));
    words.addAll(options);
    return words;
  }

  static List<String> starting(Path file, Bundle bundle) {
    return List.of(file.toString(), "start", bundle.directory().toString());
  }
}
