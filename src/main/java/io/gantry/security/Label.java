package io.gantry.security;

import io.gantry.errors.RuntimeFault;

/**
 * An SELinux label.
 *
 * @param level {@code ""} with a policy that has no levels
 */
record Label(String user, String role, String type, String level) {
  private static final int PARTS_MAX = 4;
  private static final int PARTS_MIN = 3;

  static Label parse(String text) {
    var parts = text.split(":", PARTS_MAX);
    if (parts.length < PARTS_MIN) {
      throw RuntimeFault.invalid(
          "selinux label: '" + text + "' (expected: user:role:type, and a level)");
    }
    return new Label(parts[0], parts[1], parts[2], parts.length == PARTS_MAX ? parts[3] : "");
  }

  Label withUser(String other) {
    return other.isEmpty() ? this : new Label(other, role, type, level);
  }

  Label withRole(String other) {
    return other.isEmpty() ? this : new Label(user, other, type, level);
  }

  Label withType(String other) {
    return other.isEmpty() ? this : new Label(user, role, other, level);
  }

  Label withLevel(String other) {
    return other.isEmpty() ? this : new Label(user, role, type, other);
  }

  /** The lowest sensitivity of its level, without categories. */
  String sensitivity() {
    return level.split("[:-]", 2)[0];
  }

  @Override
  public String toString() {
    var all = user + ":" + role + ":" + type;
    return level.isEmpty() ? all : all + ":" + level;
  }
}
