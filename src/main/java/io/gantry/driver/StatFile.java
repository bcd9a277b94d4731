package io.gantry.driver;

import io.gantry.runtime.ContainerUsage.Pressure;
import io.gantry.runtime.ContainerUsage.Stall;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Files of control groups as the kernel writes them. What is not there, or is not a number, counts
 * as 0: kernels differ in what they tell.
 */
final class StatFile {
  private static final long NANOS_A_MICRO = 1000;

  /** What v1 says for no limit is this or close to it, by the size of a page. */
  private static final long ENDLESS = 1L << 62;

  private final Map<String, String> files;

  StatFile(Map<String, String> files) {
    this.files = files;
  }

  boolean has(String file) {
    return files.containsKey(file);
  }

  String text(String file) {
    return files.getOrDefault(file, "").strip();
  }

  /** A file with one number in it. */
  long number(String file) {
    return parsed(text(file));
  }

  /** The same; empty without the file. */
  OptionalLong known(String file) {
    return has(file) ? OptionalLong.of(number(file)) : OptionalLong.empty();
  }

  /** A file with a limit in it; empty if there is none. */
  OptionalLong limit(String file) {
    var text = text(file);
    var value = parsed(text);
    return text.isEmpty() || text.equals("max") || value >= ENDLESS || value < 0
        ? OptionalLong.empty()
        : OptionalLong.of(value);
  }

  /** A file of lines {@code key value}. */
  Map<String, Long> table(String file) {
    var table = new HashMap<String, Long>();
    for (var line : text(file).lines().toList()) {
      var space = line.indexOf(' ');
      if (space > 0) {
        table.put(line.substring(0, space), parsed(line.substring(space + 1).strip()));
      }
    }
    return table;
  }

  /** A pressure file: {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=0}, and full. */
  Optional<Pressure> pressure(String file) {
    var some = Optional.<Stall>empty();
    var full = Stall.NONE; // no such line for processors before Linux 5.13
    for (var line : text(file).lines().toList()) {
      if (line.startsWith("some ")) {
        some = Optional.of(stall(line));
      } else if (line.startsWith("full ")) {
        full = stall(line);
      }
    }
    var all = full;
    return some.map(part -> new Pressure(part, all));
  }

  private static Stall stall(String line) {
    var fields = fields(line);
    return new Stall(
        parsed(fields.getOrDefault("total", "")) * NANOS_A_MICRO,
        percent(fields.get("avg10")),
        percent(fields.get("avg60")),
        percent(fields.get("avg300")));
  }

  /** The {@code key=value} parts of a line. */
  static Map<String, String> fields(String line) {
    var fields = new HashMap<String, String>();
    for (var part : line.split(" ", -1)) {
      var equals = part.indexOf('=');
      if (equals > 0) {
        fields.put(part.substring(0, equals), part.substring(equals + 1));
      }
    }
    return fields;
  }

  private static double percent(@Nullable String text) {
    try {
      return text == null ? 0 : Double.parseDouble(text);
    } catch (NumberFormatException unknown) {
      return 0;
    }
  }

  static long parsed(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException unknown) {
      return 0;
    }
  }
}
