package io.gantry.cri;

import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.SELinuxOption;
import io.gantry.errors.RuntimeFault;
import java.util.Map;
import java.util.regex.Pattern;

/** What is asked for and cannot be done: said, never ignored. */
final class Refusal {
  private static final String UNCONFINED_TYPE = "spc_t";

  /** A sensitivity or a range of them, and categories (containerd checks the same). */
  private static final Pattern LEVEL =
      Pattern.compile("s\\d(-s\\d)?(:c\\d{1,4}(\\.c\\d{1,4})?(,c\\d{1,4}(\\.c\\d{1,4})?)*)?");

  private Refusal() {}

  static void when(boolean asked, String what) {
    if (asked) {
      throw RuntimeFault.invalid(what + ": not supported by this version");
    }
  }

  static RuntimeFault invalid(String what, Object value, String expected) {
    return RuntimeFault.invalid(what + ": " + value + " (expected: " + expected + ")");
  }

  /** Whether a namespace is the host's. */
  static boolean host(String what, NamespaceMode mode) {
    return switch (mode) {
      case POD -> false;
      case NODE -> true;
      case CONTAINER, TARGET, UNRECOGNIZED ->
          throw invalid(what + " namespace", mode, "POD or NODE");
    };
  }

  /**
   * A type or a level asks to be confined by SELinux, which nothing here does; {@code spc_t} is the
   * type of what is not confined, and a user or a role alone confines nothing.
   */
  static void selinux(SELinuxOption options) {
    var confines = !options.getType().isEmpty() && !options.getType().equals(UNCONFINED_TYPE);
    if (!options.getLevel().isEmpty() && !LEVEL.matcher(options.getLevel()).matches()) {
      throw invalid("selinux level", "'" + options.getLevel() + "'", "such as s0:c1,c2");
    }
    if (confines || !options.getLevel().isEmpty()) {
      throw RuntimeFault.precondition(
          "selinux options: type '"
              + options.getType()
              + "', level '"
              + options.getLevel()
              + "' (expected: neither, or the type spc_t: this version labels nothing)");
    }
  }

  /** With a namespace of the host, a sysctl in it would change the host (CVE-2022-0532). */
  static void sysctls(Map<String, String> sysctls, boolean hostNetwork, boolean hostIpc) {
    for (var name : sysctls.keySet()) {
      var network = name.startsWith("net.");
      if (network ? hostNetwork : hostIpc) {
        throw RuntimeFault.invalid(
            "sysctl: "
                + name
                + " with the host's "
                + (network ? "network" : "ipc")
                + " namespace (expected: a namespace of the pod's own)");
      }
    }
  }
}
