package io.gantry.image.unpack;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What has been left to lower layers so far. Bounded: a hostile archive could go on and on. */
final class LooseEnds {
  private static final int COUNT_MAX = 200_000;
  private static final int CHARS_MAX = 16 * 1024 * 1024;

  private final Set<String> directories = new LinkedHashSet<>();
  private final Map<String, String> links = new LinkedHashMap<>();
  private long chars;

  boolean isEmpty() {
    return directories.isEmpty() && links.isEmpty();
  }

  /** A directory that an entry below it implies. */
  void implied(String path) {
    account(path.length());
    directories.add(path);
  }

  void link(String name, String target) {
    account(name.length() + target.length());
    links.remove(name);
    links.put(name, target);
  }

  /** The archive has described {@code path} itself after all. */
  void described(String path) {
    directories.remove(path);
    links.remove(path);
  }

  private void account(int more) {
    chars += more;
    if (chars > CHARS_MAX || directories.size() + links.size() >= COUNT_MAX) {
      throw Malformed.layer(
          "more than " + COUNT_MAX + " directories and links that lower layers must complete",
          "entries for them");
    }
  }

  Loose all() {
    return new Loose(
        directories.stream().toList(),
        links.entrySet().stream()
            .map(link -> new Loose.Link(link.getKey(), link.getValue()))
            .toList());
  }
}
