package io.gantry.security;

import io.gantry.errors.RuntimeFault;
import java.util.regex.Pattern;

/**
 * The parts of an SELinux label as they are asked for (CRI {@code SELinuxOption}); {@code ""} for
 * what is left to the policy. INVALID_ARGUMENT for what no policy can have.
 */
public record SelinuxOptions(String user, String role, String type, String level) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{0,255}");

  /** A sensitivity or a range of them, and categories, as containerd takes it. */
  private static final Pattern LEVEL =
      Pattern.compile("(s\\d(-s\\d)?(:c\\d{1,4}(\\.c\\d{1,4})?(,c\\d{1,4}(\\.c\\d{1,4})?)*)?)?");

  public SelinuxOptions {
    check("user", user, NAME, "a name such as system_u");
    check("role", role, NAME, "a name such as system_r");
    check("type", type, NAME, "a name such as container_t");
    check("level", level, LEVEL, "such as s0:c1,c2");
  }

  private static void check(String field, String value, Pattern form, String expected) {
    if (!form.matcher(value).matches()) {
      throw wrong(field, value, expected);
    }
  }

  static RuntimeFault wrong(String field, String value, String expected) {
    return RuntimeFault.invalid(
        "selinux " + field + ": '" + value + "' (expected: " + expected + ")");
  }

  /** Whether nothing is asked for. */
  public boolean isEmpty() {
    return user.isEmpty() && role.isEmpty() && type.isEmpty() && level.isEmpty();
  }
}
