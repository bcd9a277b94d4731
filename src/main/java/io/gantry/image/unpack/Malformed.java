package io.gantry.image.unpack;

import io.gantry.errors.RuntimeFault;
import java.nio.charset.StandardCharsets;

/** Faults of layers. Names in layers are bytes, held as one character each. */
final class Malformed {
  private static final int NAME_CHARS_SHOWN = 200;

  private Malformed() {}

  static RuntimeFault layer(String value, String expected) {
    return RuntimeFault.precondition("layer: " + value + " (expected: " + expected + ")");
  }

  static RuntimeFault entry(String name, String value, String expected) {
    return RuntimeFault.precondition(
        "layer entry '" + shown(name) + "': " + value + " (expected: " + expected + ")");
  }

  /** As people read it: UTF-8, without control characters, of modest length. */
  static String shown(String name) {
    var text = new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    var clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() <= NAME_CHARS_SHOWN ? clean : clean.substring(0, NAME_CHARS_SHOWN) + "…";
  }
}
