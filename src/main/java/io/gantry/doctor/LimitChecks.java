package io.gantry.doctor;

import java.util.List;

/** Limits, and what the kernel is set to. Its methods block. */
final class LimitChecks {
  private static final long OPEN_FILES = 65_536;
  private static final long WATCHES = 512;

  private final KernelFiles files;

  LimitChecks(KernelFiles files) {
    this.files = files;
  }

  List<Finding> all() {
    return List.of(openFiles(), watches(), forwarding(), bridges());
  }

  private Finding openFiles() {
    var limit =
        files
            .field("proc/self/limits", "Max open files")
            .map(it -> it.split("\\s+", 2)[0])
            .orElse("unknown");
    var why = "each container holds descriptors of the daemon, and is given the daemon's limit";
    var enough =
        limit.equals("unlimited")
            || (limit.matches("[0-9]{1,18}") && Long.parseLong(limit) >= OPEN_FILES);
    return enough
        ? Finding.ok("open files", limit, why)
        : Finding.warning(
            "open files",
            limit,
            why,
            "LimitNOFILE=1048576 in the unit of gantryd (ulimit -n in a shell)");
  }

  private Finding watches() {
    var instances = files.number("proc/sys/fs/inotify/max_user_instances").orElse(0L);
    var why = "the kubelet, the daemon and what runs in containers watch files";
    return instances >= WATCHES
        ? Finding.ok("inotify", instances + " instances", why)
        : Finding.warning(
            "inotify",
            instances + " instances",
            why,
            "sysctl -w fs.inotify.max_user_instances=8192");
  }

  private Finding forwarding() {
    var why = "packets of pods are forwarded by the host";
    return files.number("proc/sys/net/ipv4/ip_forward").orElse(0L) == 1
        ? Finding.ok("ip forwarding", "on", why)
        : Finding.warning(
            "ip forwarding",
            "off",
            why,
            "sysctl -w net.ipv4.ip_forward=1, and a file in /etc/sysctl.d for the next boot");
  }

  private Finding bridges() {
    var why =
        "addresses of services reach pods on the same bridge only if iptables sees bridged packets";
    return files
        .number("proc/sys/net/bridge/bridge-nf-call-iptables")
        .map(
            it ->
                it == 1
                    ? Finding.ok("bridge filtering", "on", why)
                    : Finding.warning(
                        "bridge filtering",
                        "off",
                        why,
                        "sysctl -w net.bridge.bridge-nf-call-iptables=1"))
        .orElseGet(
            () ->
                Finding.warning(
                    "bridge filtering",
                    "no module br_netfilter",
                    why,
                    "modprobe br_netfilter, and a file in /etc/modules-load.d; a network without a bridge does not need it"));
  }
}
