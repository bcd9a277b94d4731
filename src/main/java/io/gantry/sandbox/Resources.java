package io.gantry.sandbox;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Cgroups;
import io.gantry.runtime.Overhead;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits, in the kernel's units; 0 or empty is none.
 *
 * @param memoryBytes the limit of memory
 * @param memorySwapBytes of memory and swap together; 0 for no swap beyond the memory limit
 */
public record Resources(
    long cpuPeriodMicros,
    long cpuQuotaMicros,
    long cpuShares,
    long memoryBytes,
    long memorySwapBytes,
    long oomScoreAdj,
    String cpus,
    String mems,
    Map<String, Long> hugepageBytes,
    Map<String, String> unified) {
  /** The kernel's own. */
  private static final long PERIOD_MICROS = 100_000;

  public static final Resources NONE = new Resources(0, 0, 0, 0, 0, 0, "", "", Map.of(), Map.of());

  /** What a handler says of each of its pods. */
  static Resources of(Overhead overhead) {
    return overhead.equals(Overhead.NONE)
        ? NONE
        : new Resources(
            PERIOD_MICROS,
            overhead.cpuMillis() * PERIOD_MICROS / 1000,
            overhead.cpuMillis() * 1024 / 1000,
            overhead.memoryBytes(),
            0,
            0,
            "",
            "",
            Map.of(),
            Map.of());
  }

  /**
   * Refuses what would be passed over in silence: files of cgroup v2 on v1, a limit of swap beside
   * unlimited memory.
   */
  public void checkFor(Cgroups.Version version) {
    if (version == Cgroups.Version.V1 && !unified.isEmpty()) {
      throw RuntimeFault.invalid(
          "unified: " + unified.keySet() + " (expected: none on a host with cgroup v1)");
    }
    if (memorySwapBytes > 0 && (memoryBytes == 0 || memorySwapBytes < memoryBytes)) {
      throw RuntimeFault.invalid(
          "memory swap limit: "
              + memorySwapBytes
              + " (expected: with a memory limit, which it includes)");
    }
  }

  /** These with what {@code later} sets in their place. */
  public Resources with(Resources later) {
    return new Resources(
        or(later.cpuPeriodMicros, cpuPeriodMicros),
        or(later.cpuQuotaMicros, cpuQuotaMicros),
        or(later.cpuShares, cpuShares),
        or(later.memoryBytes, memoryBytes),
        or(later.memorySwapBytes, swapBeside(or(later.memoryBytes, memoryBytes))),
        or(later.oomScoreAdj, oomScoreAdj),
        later.cpus.isEmpty() ? cpus : later.cpus,
        later.mems.isEmpty() ? mems : later.mems,
        both(hugepageBytes, later.hugepageBytes),
        both(unified, later.unified));
  }

  /** As much swap as before, beside another limit of memory: the kernel counts them together. */
  private long swapBeside(long newMemoryBytes) {
    return memorySwapBytes <= 0 ? memorySwapBytes : memorySwapBytes + newMemoryBytes - memoryBytes;
  }

  private static long or(long later, long before) {
    return later == 0 ? before : later;
  }

  private static <T> Map<String, T> both(Map<String, T> before, Map<String, T> later) {
    var all = new HashMap<>(before);
    all.putAll(later);
    return Map.copyOf(all);
  }

  /**
   * The limits of both together, for a group that holds what each of them is for: without a limit
   * where these have none. Of {@code more} only amounts count, not processors and memory nodes.
   */
  Resources plus(Resources more) {
    var quota =
        cpuQuotaMicros <= 0
            ? 0
            : cpuQuotaMicros + scaled(more.cpuQuotaMicros, more.period(), period());
    var pages = new HashMap<>(hugepageBytes);
    more.hugepageBytes.forEach(
        (size, bytes) -> pages.computeIfPresent(size, (_, own) -> own + bytes));
    return new Resources(
        cpuPeriodMicros,
        quota,
        cpuShares == 0 ? 0 : cpuShares + more.cpuShares,
        memoryBytes <= 0 ? 0 : memoryBytes + Math.max(0, more.memoryBytes),
        0,
        oomScoreAdj,
        cpus,
        mems,
        Map.copyOf(pages),
        unified);
  }

  private static long scaled(long quotaMicros, long ofMicros, long toMicros) {
    return quotaMicros <= 0 ? 0 : quotaMicros * toMicros / ofMicros;
  }

  /** The period that a quota is for: the kernel's own if none is set. */
  long period() {
    return cpuPeriodMicros <= 0 ? PERIOD_MICROS : cpuPeriodMicros;
  }
}
