package io.gantry.cri;

import io.gantry.cri.proto.NamespaceMode;
import io.gantry.errors.RuntimeFault;
import java.util.Map;

/** What is asked for and cannot be done: said, never ignored. */
final class Refusal {
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
