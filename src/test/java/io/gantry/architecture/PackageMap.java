package io.gantry.architecture;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The order of packages, as docs/architecture.md draws it. */
final class PackageMap {
  static final String ROOT = "io.gantry";

  /**
   * A package sees only packages on lines above its own, never those on its own line.
   *
   * <p>{@code call} has a line to itself because {@code host} needs it (what blocks on a thread of
   * {@code host} is given up when its call is), while it needs the faults and the metrics itself:
   * decision 0002.
   */
  static final List<List<String>> LINES =
      List.of(
          List.of("errors"),
          List.of("ids", "metrics"),
          List.of("call"),
          List.of("host", "oci"),
          List.of("events", "state", "runtime", "streaming", "ttrpc"),
          List.of("driver"),
          List.of(
              "monitor",
              "shim",
              "network",
              "image.registry",
              "image.store",
              "handler",
              "security",
              "cdi",
              "access"),
          List.of("image.unpack"),
          List.of("image"),
          List.of("sandbox"),
          List.of("container"),
          List.of("stats", "recovery", "diagnosis", "doctor"),
          List.of("cri", "api"),
          List.of("config"),
          List.of("app"),
          List.of("cli"));

  private PackageMap() {}

  /** The entry that a package belongs to: the longest one that begins its name. */
  static Optional<String> entryOf(String packageName) {
    var below = packageName.substring(Math.min(packageName.length(), ROOT.length() + 1));
    return LINES.stream()
        .flatMap(List::stream)
        .filter(entry -> below.equals(entry) || below.startsWith(entry + "."))
        .max(Comparator.comparingInt(String::length));
  }

  static int lineOf(String entry) {
    for (var line = 0; line < LINES.size(); line++) {
      if (LINES.get(line).contains(entry)) {
        return line;
      }
    }
    throw new IllegalArgumentException(entry + " is not on the map");
  }
}
