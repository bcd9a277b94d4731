package io.gantry.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;

/** A container's log file, in the form that the CRI prescribes: time, stream, tag, text. */
record ContainerLog(Path file) {
  /** One whole line of the container's output. */
  record Line(OffsetDateTime at, String stream, String text) {
    static Line parse(String raw) {
      var parts = raw.split(" ", 4);
      if (parts.length != 4 || !parts[2].equals("F")) {
        throw new IllegalStateException("log line: '" + raw + "' (expected: time stream F text)");
      }
      return new Line(OffsetDateTime.parse(parts[0]), parts[1], parts[3]);
    }

    /** The last word as a number. */
    int number() {
      return Integer.parseInt(text.substring(text.lastIndexOf(' ') + 1));
    }
  }

  /** What is there now; a last line without its end is left out. */
  List<Line> lines() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      var content = Files.readString(file);
      return content.substring(0, content.lastIndexOf('\n') + 1).lines().map(Line::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Fails unless the numbers go from 1 on without a gap; gives the longest time between two lines.
   */
  Duration longestPause() {
    var lines = lines();
    var longest = Duration.ZERO;
    for (var i = 0; i < lines.size(); i++) {
      if (lines.get(i).number() != i + 1) {
        throw new IllegalStateException(
            "log line %d: '%s' (expected: number %d)".formatted(i, lines.get(i).text(), i + 1));
      }
      if (i > 0) {
        var pause = Duration.between(lines.get(i - 1).at(), lines.get(i).at());
        longest = pause.compareTo(longest) > 0 ? pause : longest;
      }
    }
    return longest;
  }
}
