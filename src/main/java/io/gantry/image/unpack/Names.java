package io.gantry.image.unpack;

import java.util.ArrayList;
import java.util.List;

/** Names of entries as lists of components. */
final class Names {
  private static final int COMPONENT_BYTES_MAX = 255;

  private Names() {}

  /** Components of an entry's name. The root is the empty list. */
  static List<String> of(String name) {
    if (name.length() >= Kernel.NAME_BYTES_MAX) {
      throw Malformed.entry(
          name, "a name of " + name.length() + " bytes", "fewer than " + Kernel.NAME_BYTES_MAX);
    }
    var components = components(name);
    for (var component : components) {
      if (component.equals("..")) {
        throw Malformed.entry(name, "a name with ..", "one that does not go up");
      }
      if (component.length() > COMPONENT_BYTES_MAX) {
        throw Malformed.entry(
            name, "a part of " + component.length() + " bytes", COMPONENT_BYTES_MAX + " at most");
      }
    }
    return components;
  }

  /** Components of a path as it is written, with every {@code ..}. */
  static List<String> components(String path) {
    var components = new ArrayList<String>();
    for (var component : path.split("/", -1)) {
      if (!component.isEmpty() && !component.equals(".")) {
        components.add(component);
      }
    }
    return components;
  }

  static List<String> parent(List<String> path) {
    return path.subList(0, path.size() - 1);
  }

  static String text(List<String> path) {
    return String.join("/", path);
  }
}
