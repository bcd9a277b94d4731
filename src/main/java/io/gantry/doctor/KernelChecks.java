package io.gantry.doctor;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the kernel is built with, and what it confines with. Its methods block. */
final class KernelChecks {
  private static final Pattern VERSION = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4}).*");

  /** pidfd_open(2). */
  private static final int NEEDED = 5_003;

  /** Overlays of layers that are id-mapped; mount_setattr(2) is older. */
  private static final int WANTED = 5_019;

  /** Those without which nothing works, by their numbers in capability.h. */
  private static final Map<String, Integer> CAPABILITIES =
      Map.of(
          "CHOWN",
          0,
          "DAC_OVERRIDE",
          1,
          "FOWNER",
          3,
          "KILL",
          5,
          "SETGID",
          6,
          "SETUID",
          7,
          "NET_ADMIN",
          12,
          "SYS_CHROOT",
          18,
          "SYS_ADMIN",
          21,
          "MKNOD",
          27);

  private static final int SYS_RESOURCE = 24;

  private static final String CONTAINER_POLICY = "usr/share/containers/selinux/contexts";

  private final KernelFiles files;

  KernelChecks(KernelFiles files) {
    this.files = files;
  }

  List<Finding> all() {
    return List.of(
        kernel(), namespaces(), seccomp(), appArmor(), seLinux(), capabilities(), resources());
  }

  private Finding kernel() {
    var release = files.line("proc/sys/kernel/osrelease").orElse("unknown");
    var why =
        "processes are watched by pidfds (Linux 5.3); layers get a pod's own users from 5.19 on";
    var version = version(release);
    if (version < NEEDED) {
      return Finding.broken(
          "kernel", release, why, "boot Linux 5.3 or newer; 6.1 is what is tested most");
    }
    return version < WANTED
        ? Finding.warning(
            "kernel", release, why, "boot Linux 5.19 or newer for pods with hostUsers: false")
        : Finding.ok("kernel", release, why);
  }

  private static int version(String release) {
    var match = VERSION.matcher(release);
    return match.matches()
        ? Integer.parseInt(match.group(1)) * 1000 + Integer.parseInt(match.group(2))
        : 0;
  }

  private Finding namespaces() {
    var why = "a pod is a set of namespaces";
    var missing =
        Stream.of("mnt", "net", "ipc", "uts", "pid")
            .filter(it -> !files.has("proc/self/ns/" + it))
            .toList();
    if (!missing.isEmpty()) {
      return Finding.broken(
          "namespaces",
          "missing: " + String.join(", ", missing),
          why,
          "boot a kernel with CONFIG_NAMESPACES and these kinds");
    }
    var users =
        files.has("proc/self/ns/user")
            && files.number("proc/sys/user/max_user_namespaces").orElse(0L) > 0;
    return users
        ? Finding.ok("namespaces", "all kinds", why)
        : Finding.warning(
            "namespaces",
            "no user namespaces",
            "pods with hostUsers: false are refused",
            "sysctl -w user.max_user_namespaces=15000, with CONFIG_USER_NS in the kernel");
  }

  private Finding seccomp() {
    var why = "the profile RuntimeDefault filters system calls";
    return files.has("proc/sys/kernel/seccomp/actions_avail")
        ? Finding.ok("seccomp", "there", why)
        : Finding.warning(
            "seccomp",
            "not in this kernel",
            why + "; pods that ask for it are refused",
            "boot a kernel with CONFIG_SECCOMP_FILTER");
  }

  private Finding appArmor() {
    var why = "confines containers by path; the default profile is loaded by apparmor_parser";
    var enabled =
        files
            .line("sys/module/apparmor/parameters/enabled")
            .filter(it -> it.equals("Y"))
            .isPresent();
    if (!enabled) {
      return Finding.ok(
          "apparmor", "not enabled; only pods that ask for a profile are refused", why);
    }
    if (!files.has("sys/kernel/security/apparmor/profiles")) {
      return Finding.warning(
          "apparmor",
          "enabled, but securityfs is not mounted",
          why,
          "mount -t securityfs securityfs /sys/kernel/security, then restart gantryd");
    }
    return Stream.of("usr/sbin", "sbin", "usr/bin")
            .anyMatch(it -> files.has(it + "/apparmor_parser"))
        ? Finding.ok("apparmor", "enabled", why)
        : Finding.warning(
            "apparmor",
            "enabled, without apparmor_parser",
            why + "; containers run unconfined",
            "install the package apparmor, then restart gantryd");
  }

  private Finding seLinux() {
    var why = "each pod gets a label of its own, by which the policy keeps it from all others";
    var enforcing = files.line("sys/fs/selinux/enforce");
    if (enforcing.isEmpty()) {
      return Finding.ok(
          "selinux", "not enabled; only pods that ask for a type or a level are refused", why);
    }
    var mode = enforcing.get().equals("1") ? "enforcing" : "permissive";
    return files.has(CONTAINER_POLICY)
            || files.has("etc/selinux/" + policy() + "/contexts/lxc_contexts")
        ? Finding.ok("selinux", mode + ", policy " + policy(), why)
        : Finding.warning(
            "selinux",
            mode + ", policy " + policy() + " without contexts for containers",
            why + "; containers have none where it does not know container_t",
            "install the policy for containers (container-selinux, or Debian's"
                + " selinux-policy-default), then restart gantryd");
  }

  private String policy() {
    return files.field("etc/selinux/config", "SELINUXTYPE=").orElse("targeted");
  }

  private Finding capabilities() {
    var why = "namespaces, mounts and devices are made by this process";
    var lacking =
        CAPABILITIES.entrySet().stream()
            .filter(it -> !capable(it.getValue()))
            .map(it -> "CAP_" + it.getKey())
            .sorted()
            .toList();
    return lacking.isEmpty()
        ? Finding.ok("capabilities", "all that is needed", why)
        : Finding.broken(
            "capabilities",
            "missing: " + String.join(", ", lacking),
            why,
            "run gantryd as root, without a bounding set that takes these away");
  }

  private Finding resources() {
    var why =
        "without it no container's oom_score_adj goes below the daemon's own, and no limit above the daemon's hard one";
    return capable(SYS_RESOURCE)
        ? Finding.ok("cap_sys_resource", "there", why)
        : Finding.warning(
            "cap_sys_resource",
            "missing",
            why,
            "give CAP_SYS_RESOURCE to gantryd; on a node that is itself a container, to that one");
  }

  private boolean capable(int number) {
    return files
        .field("proc/self/status", "CapEff:")
        .filter(it -> it.matches("[0-9a-f]{1,16}"))
        .map(it -> ((Long.parseUnsignedLong(it, 16) >>> number) & 1) == 1)
        .orElse(false);
  }
}
