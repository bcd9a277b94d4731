package io.gantry.container;

import io.gantry.container.ContainerConfig.Security;
import io.gantry.errors.RuntimeFault;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/** Which capabilities a container gets. */
final class Capability {
  /** All there are, in the order of their numbers (capability.h of Linux 6.x). */
  static final List<String> NAMES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  /** What a container has that asks for nothing: as containerd gives it. */
  private static final List<String> DEFAULT =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  private static final String ALL = "CAP_ALL";

  private Capability() {}

  /** {@code ALL} is taken first, in what is added and in what is dropped; then the names. */
  static List<String> granted(Security security, HostFacts facts) {
    if (security.privileged()) {
      return facts.grantable();
    }
    var added = names(security.capabilitiesAdded());
    added.addAll(names(security.capabilitiesAmbient()));
    var dropped = names(security.capabilitiesDropped());
    var granted = new LinkedHashSet<>(DEFAULT);
    if (added.removeIf(ALL::equals)) {
      granted.addAll(facts.grantable());
    }
    if (dropped.removeIf(ALL::equals)) {
      granted.clear();
    }
    granted.addAll(added);
    dropped.forEach(granted::remove);
    granted.removeIf(name -> !facts.has(name));
    return List.copyOf(granted);
  }

  /**
   * Those that pass through an exec of a user other than root. The CRI wants each of them in every
   * set; without any, what is inheritable is nothing (CVE-2022-24769).
   */
  static List<String> ambient(Security security, List<String> granted) {
    var asked = names(security.capabilitiesAmbient());
    return asked.contains(ALL) ? granted : granted.stream().filter(asked::contains).toList();
  }

  private static List<String> names(List<String> asked) {
    var names = new ArrayList<String>();
    for (var name : asked) {
      var upper = name.toUpperCase(Locale.ROOT);
      var full = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
      if (!full.equals(ALL) && !NAMES.contains(full)) {
        throw RuntimeFault.invalid(
            "capability: '" + name + "' (expected: ALL or a name of capabilities(7))");
      }
      names.add(full);
    }
    return names;
  }
}
