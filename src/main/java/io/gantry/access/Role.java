package io.gantry.access;

import io.gantry.errors.RuntimeFault;
import java.util.Locale;

/** What one may do; each role may do all that those before it may. */
public enum Role {
  /** Look at everything but secrets, which nobody is shown. */
  VIEW,
  /** Pull, stop and remove, run and enter containers. */
  OPERATE,
  /** Give and take access. */
  ADMIN;

  public boolean may(Role wanted) {
    return compareTo(wanted) >= 0;
  }

  /** As configuration and contract write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Role of(String word) {
    for (var role : values()) {
      if (role.word().equals(word)) {
        return role;
      }
    }
    throw RuntimeFault.invalid("role: '" + word + "' (expected: view, operate or admin)");
  }
}
