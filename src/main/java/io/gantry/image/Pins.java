package io.gantry.image;

import io.gantry.errors.RuntimeFault;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Patterns of the names of images that are kept: {@code *} stands for any characters, within a
 * component of a name and across.
 */
public record Pins(List<String> globs) {
  public static final Pins NONE = new Pins(List.of());

  public Pins {
    globs = List.copyOf(globs);
    for (var glob : globs) {
      if (!glob.matches("[A-Za-z0-9._/:@\\[\\]*-]+")) {
        throw RuntimeFault.invalid(
            "pinned image: '" + glob + "' (expected: a full name, * for any characters)");
      }
    }
  }

  /** Whether a full name such as {@code docker.io/library/busybox:1} is one of them. */
  boolean match(String name) {
    return globs.stream().anyMatch(glob -> pattern(glob).matcher(name).matches());
  }

  private static Pattern pattern(String glob) {
    return Pattern.compile(
        String.join(".*", List.of(glob.split("\\*", -1)).stream().map(Pattern::quote).toList()));
  }
}
