package io.gantry.ids;

import io.gantry.errors.RuntimeFault;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** What sandbox and container ids have in common. */
final class HexId {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private HexId() {}

  static String random() {
    var bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  static void check(String what, String value) {
    if (!FORM.matcher(value).matches()) {
      throw RuntimeFault.invalid(
          what + ": '" + value + "' (expected: 64 lower-case hexadecimal digits)");
    }
  }
}
