package io.gantry.cdi;

import io.gantry.errors.RuntimeFault;
import java.util.regex.Pattern;

/**
 * A qualified name (CDI specification, "Device names"): {@code vendor/class=name}.
 *
 * @param kind vendor and class
 */
record DeviceName(String kind, String name) {
  private static final String WORD = "[A-Za-z]([A-Za-z0-9_.-]*[A-Za-z0-9])?";
  private static final Pattern KIND = Pattern.compile(WORD + "/" + WORD);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_.:-]*[A-Za-z0-9])?");

  static DeviceName parse(String text) {
    var equals = text.indexOf('=');
    if (equals < 0 || !isKind(text.substring(0, equals)) || !isName(text.substring(equals + 1))) {
      throw RuntimeFault.invalid(
          "cdi device: '" + text + "' (expected: a name such as vendor.example/gpu=0)");
    }
    return new DeviceName(text.substring(0, equals), text.substring(equals + 1));
  }

  static boolean isKind(String text) {
    return KIND.matcher(text).matches();
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  @Override
  public String toString() {
    return kind + "=" + name;
  }
}
