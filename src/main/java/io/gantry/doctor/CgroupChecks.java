package io.gantry.doctor;

import io.gantry.host.Cgroups.Version;
import io.gantry.host.Host;
import io.gantry.runtime.CgroupDriver;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Control groups: version, who makes them, what they limit. */
final class CgroupChecks {
  private static final Set<String> NEEDED = Set.of("cpu", "memory", "pids");
  private static final Set<String> WANTED = Set.of("cpuset", "hugetlb");

  private final Host host;
  private final KernelFiles files;
  private final Optional<CgroupDriver> wanted;

  CgroupChecks(Host host, KernelFiles files, Optional<CgroupDriver> wanted) {
    this.host = host;
    this.files = files;
    this.wanted = wanted;
  }

  Future<List<Finding>> all() {
    return driver()
        .compose(driver -> host.disk().run(() -> List.of(version(), driver, controllers())));
  }

  private Finding version() {
    var why =
        "the kubelet of Kubernetes 1.35 and later refuses cgroup v1 unless it is told failCgroupV1: false";
    return host.cgroups().version() == Version.V2
        ? Finding.ok("cgroups", "v2", why)
        : Finding.warning(
            "cgroups",
            "v1",
            why,
            "boot with systemd.unified_cgroup_hierarchy=1 (the default of current distributions)");
  }

  private Future<Finding> driver() {
    var why = "the kubelet and the runtime must agree on who makes control groups";
    return CgroupDriver.of(wanted, host)
        .map(driver -> Finding.ok("cgroup driver", driver.name().toLowerCase(Locale.ROOT), why))
        .otherwise(
            cause ->
                Finding.broken(
                    "cgroup driver",
                    String.valueOf(cause.getMessage()),
                    why,
                    "set cgroup.driver to auto, and restart gantryd"));
  }

  private Finding controllers() {
    var there = there();
    var why = "limits of pods are set by controllers";
    var missing = missing(NEEDED, there);
    if (!missing.isEmpty()) {
      return Finding.broken(
          "controllers",
          "missing: " + missing,
          why,
          "enable them on the kernel's command line (cgroup_enable=memory …), or delegate them to gantryd's group");
    }
    var unwanted = missing(WANTED, there);
    return unwanted.isEmpty()
        ? Finding.ok("controllers", String.join(" ", there), why)
        : Finding.warning(
            "controllers",
            "missing: " + unwanted,
            why,
            "pods that ask for pinned CPUs or huge pages need these in the kernel");
  }

  private static String missing(Set<String> of, Set<String> there) {
    return String.join(", ", of.stream().filter(it -> !there.contains(it)).sorted().toList());
  }

  /** On v1 a controller is there if it is mounted; on v2 the root's file lists them. */
  private Set<String> there() {
    if (host.cgroups().version() == Version.V2) {
      return new TreeSet<>(files.words("sys/fs/cgroup/cgroup.controllers"));
    }
    return files.text("proc/self/mountinfo").stream()
        .flatMap(String::lines)
        .filter(line -> line.contains(" - cgroup "))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .flatMap(options -> Arrays.stream(options.split(",", -1)))
        .filter(option -> Stream.concat(NEEDED.stream(), WANTED.stream()).anyMatch(option::equals))
        .collect(java.util.stream.Collectors.toCollection(TreeSet::new));
  }
}
