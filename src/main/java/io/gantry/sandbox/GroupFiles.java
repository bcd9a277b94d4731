package io.gantry.sandbox;

import io.gantry.host.Cgroups.Version;
import java.util.LinkedHashMap;
import java.util.Map;

/** Limits as the files of a control group and what to write to each. Pure. */
final class GroupFiles {
  private static final int SHARES_DEFAULT = 1024;
  private static final long SHARES_MIN = 2;
  private static final long SHARES_MAX = 262_144;
  private static final long WEIGHT_MAX = 10_000;

  private GroupFiles() {}

  /** What has no limit is written as such: it may have had one before. */
  static Map<String, String> of(Version version, Resources limits) {
    return switch (version) {
      case V1 -> v1(limits);
      case V2 -> v2(limits);
    };
  }

  private static Map<String, String> v1(Resources limits) {
    var files = new LinkedHashMap<String, String>();
    files.put("cpu.shares", String.valueOf(shares(limits)));
    files.put("cpu.cfs_period_us", String.valueOf(limits.period()));
    files.put(
        "cpu.cfs_quota_us", limits.cpuQuotaMicros() > 0 ? "" + limits.cpuQuotaMicros() : "-1");
    files.put("memory.limit_in_bytes", limits.memoryBytes() > 0 ? "" + limits.memoryBytes() : "-1");
    limits
        .hugepageBytes()
        .forEach((size, bytes) -> files.put("hugetlb." + size + ".limit_in_bytes", "" + bytes));
    cpusets(limits, files);
    return files;
  }

  private static Map<String, String> v2(Resources limits) {
    var files = new LinkedHashMap<String, String>();
    var quota = limits.cpuQuotaMicros() > 0 ? "" + limits.cpuQuotaMicros() : "max";
    files.put("cpu.weight", String.valueOf(weight(shares(limits))));
    files.put("cpu.max", quota + " " + limits.period());
    files.put("memory.max", limits.memoryBytes() > 0 ? "" + limits.memoryBytes() : "max");
    limits
        .hugepageBytes()
        .forEach((size, bytes) -> files.put("hugetlb." + size + ".max", "" + bytes));
    cpusets(limits, files);
    return files;
  }

  private static void cpusets(Resources limits, Map<String, String> files) {
    if (!limits.cpus().isEmpty()) {
      files.put("cpuset.cpus", limits.cpus());
    }
    if (!limits.mems().isEmpty()) {
      files.put("cpuset.mems", limits.mems());
    }
  }

  private static long shares(Resources limits) {
    return limits.cpuShares() <= 0
        ? SHARES_DEFAULT
        : Math.clamp(limits.cpuShares(), SHARES_MIN, SHARES_MAX);
  }

  /** As the kubelet and OCI runtimes turn shares into a weight (KEP-2254). */
  private static long weight(long shares) {
    return 1 + (shares - SHARES_MIN) * (WEIGHT_MAX - 1) / (SHARES_MAX - SHARES_MIN);
  }
}
