package io.gantry.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A file with a pid in it, which others write, maybe just now. For threads that may block. */
public final class PidFile {
  private PidFile() {}

  public static Optional<Integer> read(Path file) throws IOException {
    try {
      var text = Files.readString(file).strip();
      return text.matches("[1-9][0-9]{0,8}")
          ? Optional.of(Integer.parseInt(text))
          : Optional.empty();
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }
}
