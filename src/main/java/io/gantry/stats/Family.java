package io.gantry.stats;

import static io.gantry.stats.Family.Kind.COUNTER;
import static io.gantry.stats.Family.Kind.GAUGE;

import java.util.List;
import java.util.Locale;

/**
 * The metrics of containers, under the names that cAdvisor gave them, which dashboards know. All of
 * them say whose they are: pod, namespace, container, id and image; of a pod as a whole {@code
 * container} and {@code image} are empty.
 */
public enum Family {
  CONTAINER_BLKIO_DEVICE_USAGE_TOTAL(
      COUNTER,
      "bytes that went to and from a block device, by operation",
      "device",
      "major",
      "minor",
      "operation"),
  CONTAINER_CPU_CFS_PERIODS_TOTAL(COUNTER, "periods of the processor quota that have passed"),
  CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL(COUNTER, "periods in which the quota was used up"),
  CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL(
      COUNTER, "time spent waiting for the next period of the quota, in seconds"),
  CONTAINER_CPU_SYSTEM_SECONDS_TOTAL(COUNTER, "processor time in the kernel, in seconds"),
  CONTAINER_CPU_USAGE_SECONDS_TOTAL(
      COUNTER, "processor time on all processors together, in seconds", "cpu"),
  CONTAINER_CPU_USER_SECONDS_TOTAL(COUNTER, "processor time in programs, in seconds"),
  CONTAINER_FILE_DESCRIPTORS(GAUGE, "file descriptors that its processes have open"),
  CONTAINER_FS_INODES_FREE(GAUGE, "inodes left on the file system it writes to", "device"),
  CONTAINER_FS_INODES_TOTAL(GAUGE, "inodes of the file system it writes to", "device"),
  CONTAINER_FS_LIMIT_BYTES(GAUGE, "size of the file system it writes to, in bytes", "device"),
  CONTAINER_FS_READS_BYTES_TOTAL(COUNTER, "bytes read from a block device", "device"),
  CONTAINER_FS_READS_TOTAL(COUNTER, "reads from a block device", "device"),
  CONTAINER_FS_USAGE_BYTES(
      GAUGE, "bytes it has written over its image, measured from time to time", "device"),
  CONTAINER_FS_WRITES_BYTES_TOTAL(COUNTER, "bytes written to a block device", "device"),
  CONTAINER_FS_WRITES_TOTAL(COUNTER, "writes to a block device", "device"),
  CONTAINER_HUGETLB_MAX_USAGE_BYTES(
      GAUGE, "most huge pages ever in use, or seen in use, in bytes", "pagesize"),
  CONTAINER_HUGETLB_USAGE_BYTES(GAUGE, "huge pages in use, in bytes", "pagesize"),
  CONTAINER_LAST_SEEN(GAUGE, "when it was last asked for its numbers, in seconds since 1970"),
  CONTAINER_MEMORY_CACHE(GAUGE, "file cache that is charged to it, in bytes"),
  CONTAINER_MEMORY_FAILCNT(COUNTER, "how often its memory limit stood in the way"),
  CONTAINER_MEMORY_FAILURES_TOTAL(
      COUNTER,
      "page faults, and those of them that read from a disk; alone and with nested groups",
      "failure_type",
      "scope"),
  CONTAINER_MEMORY_KERNEL_USAGE(GAUGE, "memory that the kernel holds for it, in bytes"),
  CONTAINER_MEMORY_MAPPED_FILE(GAUGE, "file cache that is mapped into memory, in bytes"),
  CONTAINER_MEMORY_MAX_USAGE_BYTES(GAUGE, "most memory ever in use, or seen in use, in bytes"),
  CONTAINER_MEMORY_RSS(GAUGE, "anonymous memory in use, in bytes"),
  CONTAINER_MEMORY_SWAP(GAUGE, "swap space in use, in bytes"),
  CONTAINER_MEMORY_USAGE_BYTES(GAUGE, "memory in use, caches included, in bytes"),
  CONTAINER_MEMORY_WORKING_SET_BYTES(
      GAUGE, "memory in use without file cache that was not used of late, in bytes"),
  CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL(COUNTER, "bytes received", "interface"),
  CONTAINER_NETWORK_RECEIVE_ERRORS_TOTAL(COUNTER, "receptions that failed", "interface"),
  CONTAINER_NETWORK_RECEIVE_PACKETS_DROPPED_TOTAL(
      COUNTER, "packets dropped on reception", "interface"),
  CONTAINER_NETWORK_RECEIVE_PACKETS_TOTAL(COUNTER, "packets received", "interface"),
  CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL(COUNTER, "bytes sent", "interface"),
  CONTAINER_NETWORK_TRANSMIT_ERRORS_TOTAL(COUNTER, "transmissions that failed", "interface"),
  CONTAINER_NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL(
      COUNTER, "packets dropped on transmission", "interface"),
  CONTAINER_NETWORK_TRANSMIT_PACKETS_TOTAL(COUNTER, "packets sent", "interface"),
  CONTAINER_OOM_EVENTS_TOTAL(COUNTER, "processes killed for want of memory"),
  CONTAINER_PRESSURE_CPU_STALLED_SECONDS_TOTAL(
      COUNTER, "time in which all tasks waited for a processor, in seconds"),
  CONTAINER_PRESSURE_CPU_WAITING_SECONDS_TOTAL(
      COUNTER, "time in which some task waited for a processor, in seconds"),
  CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL(
      COUNTER, "time in which all tasks waited for a device, in seconds"),
  CONTAINER_PRESSURE_IO_WAITING_SECONDS_TOTAL(
      COUNTER, "time in which some task waited for a device, in seconds"),
  CONTAINER_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL(
      COUNTER, "time in which all tasks waited for memory, in seconds"),
  CONTAINER_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL(
      COUNTER, "time in which some task waited for memory, in seconds"),
  CONTAINER_PROCESSES(GAUGE, "its processes"),
  CONTAINER_SOCKETS(GAUGE, "sockets that its processes have open"),
  CONTAINER_SPEC_CPU_PERIOD(GAUGE, "period of the processor quota, in microseconds"),
  CONTAINER_SPEC_CPU_QUOTA(
      GAUGE, "processor time it may use in a period, in microseconds; absent without a quota"),
  CONTAINER_SPEC_CPU_SHARES(GAUGE, "weight against its neighbours, 1024 unless asked otherwise"),
  CONTAINER_SPEC_MEMORY_LIMIT_BYTES(GAUGE, "memory limit, in bytes; 0 without one"),
  CONTAINER_SPEC_MEMORY_RESERVATION_LIMIT_BYTES(
      GAUGE, "memory that is kept for it, in bytes; 0 for none"),
  CONTAINER_SPEC_MEMORY_SWAP_LIMIT_BYTES(
      GAUGE, "limit of memory and swap together, in bytes; 0 without one"),
  CONTAINER_START_TIME_SECONDS(GAUGE, "when it was started, in seconds since 1970"),
  CONTAINER_THREADS(GAUGE, "threads of its processes"),
  CONTAINER_THREADS_MAX(GAUGE, "threads it may have; 0 without a limit"),
  CONTAINER_ULIMITS_SOFT(
      GAUGE, "soft limits of its first process; the largest number there is for none", "ulimit");

  /** How a value moves. */
  public enum Kind {
    /** It only grows. */
    COUNTER,
    /** It goes up and down. */
    GAUGE
  }

  private final Kind kind;
  private final String help;
  private final String labels;

  Family(Kind kind, String help, String... more) {
    this.kind = kind;
    this.help = help;
    this.labels = "pod namespace container id image " + String.join(" ", more);
  }

  /** The name of the metric. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public Kind kind() {
    return kind;
  }

  public String help() {
    return help;
  }

  /** The names of the labels; a {@link Sample} has a value for each. */
  public List<String> labels() {
    return List.of(labels.strip().split(" ", -1));
  }
}
