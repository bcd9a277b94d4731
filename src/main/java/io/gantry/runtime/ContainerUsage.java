package io.gantry.runtime;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a container, or all of a pod, has used and uses. Counters only grow while it lives. What the
 * host does not account is 0, or empty where that is another thing than none.
 *
 * @param at when it was read
 * @param io a block device each, by those that were used at all
 * @param ioPressure how long tasks waited for devices
 * @param hugepages a page size each
 */
public record ContainerUsage(
    Instant at,
    Cpu cpu,
    Memory memory,
    Swap swap,
    Tasks tasks,
    List<DeviceIo> io,
    Optional<Pressure> ioPressure,
    List<Hugepages> hugepages) {

  public ContainerUsage {
    io = List.copyOf(io);
    hugepages = List.copyOf(hugepages);
  }

  /** Nothing at all, as of {@code at}. */
  public static ContainerUsage none(Instant at) {
    return new ContainerUsage(
        at, Cpu.NONE, Memory.NONE, Swap.NONE, Tasks.NONE, List.of(), Optional.empty(), List.of());
  }

  /**
   * Time on all processors together.
   *
   * @param periods of the quota, so far; in {@code throttledPeriods} of them it ran out
   * @param throttledNanos how long tasks had to wait for the next period
   */
  public record Cpu(
      long nanos,
      long userNanos,
      long systemNanos,
      long periods,
      long throttledPeriods,
      long throttledNanos,
      Optional<Pressure> pressure) {
    static final Cpu NONE = new Cpu(0, 0, 0, 0, 0, 0, Optional.empty());
  }

  /**
   * Bytes of memory.
   *
   * @param usage all that is charged, caches included
   * @param workingSet usage less the file cache that was not used of late: what evictions go by
   * @param peak the most there ever was in use; empty if the kernel does not keep it
   * @param limit empty if there is none
   * @param rss anonymous memory
   * @param kernel what the kernel holds for it
   * @param limitHits how often the limit stood in the way
   * @param oomKills processes that were killed for want of memory
   */
  public record Memory(
      long usage,
      long workingSet,
      OptionalLong peak,
      OptionalLong limit,
      long rss,
      long cache,
      long mappedFile,
      long kernel,
      Faults faults,
      long limitHits,
      long oomKills,
      Optional<Pressure> pressure) {
    static final Memory NONE =
        new Memory(
            0,
            0,
            OptionalLong.empty(),
            OptionalLong.empty(),
            0,
            0,
            0,
            0,
            new Faults(0, 0),
            0,
            0,
            Optional.empty());
  }

  /** Page faults; the major ones had to read from a disk and are among all. */
  public record Faults(long all, long major) {}

  /**
   * Bytes of swap space.
   *
   * @param limit of swap alone; empty if there is none, or the host does not account swap
   */
  public record Swap(long usage, OptionalLong limit) {
    static final Swap NONE = new Swap(0, OptionalLong.empty());
  }

  /** Processes and threads, counted alike. */
  public record Tasks(long current, OptionalLong limit) {
    static final Tasks NONE = new Tasks(0, OptionalLong.empty());
  }

  /**
   * Traffic of a block device.
   *
   * @param name its file, such as {@code /dev/sda}; empty if it has none any more
   */
  public record DeviceIo(
      int major,
      int minor,
      String name,
      long readBytes,
      long writtenBytes,
      long reads,
      long writes) {}

  /**
   * Huge pages of one size.
   *
   * @param pageSize such as {@code 2MB}
   * @param peak the most there ever was in use; empty if the kernel does not keep it
   */
  public record Hugepages(String pageSize, long usage, OptionalLong peak) {}

  /** How long work was held up for want of a resource: some of the tasks, or all together. */
  public record Pressure(Stall some, Stall full) {}

  /** The averages are percents of the last 10, 60 and 300 seconds. */
  public record Stall(long totalNanos, double average10, double average60, double average300) {
    public static final Stall NONE = new Stall(0, 0, 0, 0);
  }
}
