package io.gantry.stats;

import io.gantry.container.Container;
import io.gantry.container.ContainerState.Running;
import io.gantry.host.FileSystemSpace;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.Cpu;
import io.gantry.runtime.ContainerUsage.DeviceIo;
import io.gantry.runtime.ContainerUsage.Memory;
import io.gantry.runtime.ContainerUsage.Pressure;
import io.gantry.runtime.PodUsage.Network;
import io.gantry.runtime.ProcessUsage;
import io.gantry.sandbox.Resources;
import io.gantry.sandbox.Sandbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns the numbers of one container or pod into samples. */
final class Samples {
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final long CPU_PERIOD_MICROS = 100_000;
  private static final long CPU_SHARES = 1024;
  private static final long UNLIMITED = -1; // unsigned: the largest number there is

  private final List<String> common;
  private final List<Sample> made = new ArrayList<>();

  private Samples(List<String> common) {
    this.common = List.copyOf(common);
  }

  static Samples ofPod(Sandbox sandbox) {
    var pod = sandbox.config().pod();
    return new Samples(List.of(pod.name(), pod.namespace(), "", sandbox.id().value(), ""));
  }

  static Samples ofContainer(Sandbox sandbox, Container container) {
    var pod = sandbox.config().pod();
    var config = container.config();
    var image = config.imageName().isEmpty() ? config.image() : config.imageName();
    return new Samples(
        List.of(pod.name(), pod.namespace(), config.name(), container.id().value(), image));
  }

  List<Sample> made() {
    return List.copyOf(made);
  }

  Samples network(Network network) {
    for (var device : network.interfaces()) {
      var name = device.name();
      var in = device.received();
      var out = device.sent();
      add(Family.CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL, in.bytes(), name);
      add(Family.CONTAINER_NETWORK_RECEIVE_PACKETS_TOTAL, in.packets(), name);
      add(Family.CONTAINER_NETWORK_RECEIVE_PACKETS_DROPPED_TOTAL, in.dropped(), name);
      add(Family.CONTAINER_NETWORK_RECEIVE_ERRORS_TOTAL, in.errors(), name);
      add(Family.CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL, out.bytes(), name);
      add(Family.CONTAINER_NETWORK_TRANSMIT_PACKETS_TOTAL, out.packets(), name);
      add(Family.CONTAINER_NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL, out.dropped(), name);
      add(Family.CONTAINER_NETWORK_TRANSMIT_ERRORS_TOTAL, out.errors(), name);
    }
    return this;
  }

  /**
   * What it uses.
   *
   * @param peaks the most that was seen of what the kernel keeps no peak of
   */
  Samples usage(ContainerUsage usage, Peaks peaks) {
    add(Family.CONTAINER_LAST_SEEN, usage.at().getEpochSecond());
    cpu(usage.cpu());
    memory(usage.memory(), peaks);
    add(Family.CONTAINER_MEMORY_SWAP, usage.swap().usage());
    add(Family.CONTAINER_THREADS, usage.tasks().current());
    add(Family.CONTAINER_THREADS_MAX, usage.tasks().limit().orElse(0));
    usage.io().forEach(this::device);
    pressure(
        usage.cpu().pressure(),
        Family.CONTAINER_PRESSURE_CPU_WAITING_SECONDS_TOTAL,
        Family.CONTAINER_PRESSURE_CPU_STALLED_SECONDS_TOTAL);
    pressure(
        usage.memory().pressure(),
        Family.CONTAINER_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL,
        Family.CONTAINER_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL);
    pressure(
        usage.ioPressure(),
        Family.CONTAINER_PRESSURE_IO_WAITING_SECONDS_TOTAL,
        Family.CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL);
    for (var pages : usage.hugepages()) {
      var size = pages.pageSize();
      var peak = pages.peak().orElseGet(() -> peaks.of(size, pages.usage()));
      add(Family.CONTAINER_HUGETLB_USAGE_BYTES, pages.usage(), size);
      add(Family.CONTAINER_HUGETLB_MAX_USAGE_BYTES, peak, size);
    }
    return this;
  }

  private void cpu(Cpu cpu) {
    add(Family.CONTAINER_CPU_USAGE_SECONDS_TOTAL, cpu.nanos() / NANOS_A_SECOND, "total");
    add(Family.CONTAINER_CPU_USER_SECONDS_TOTAL, cpu.userNanos() / NANOS_A_SECOND);
    add(Family.CONTAINER_CPU_SYSTEM_SECONDS_TOTAL, cpu.systemNanos() / NANOS_A_SECOND);
    add(Family.CONTAINER_CPU_CFS_PERIODS_TOTAL, cpu.periods());
    add(Family.CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL, cpu.throttledPeriods());
    add(Family.CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL, cpu.throttledNanos() / NANOS_A_SECOND);
  }

  private void memory(Memory memory, Peaks peaks) {
    add(Family.CONTAINER_MEMORY_USAGE_BYTES, memory.usage());
    add(Family.CONTAINER_MEMORY_WORKING_SET_BYTES, memory.workingSet());
    add(
        Family.CONTAINER_MEMORY_MAX_USAGE_BYTES,
        memory.peak().orElseGet(() -> peaks.of("memory", memory.usage())));
    add(Family.CONTAINER_MEMORY_RSS, memory.rss());
    add(Family.CONTAINER_MEMORY_CACHE, memory.cache());
    add(Family.CONTAINER_MEMORY_MAPPED_FILE, memory.mappedFile());
    add(Family.CONTAINER_MEMORY_KERNEL_USAGE, memory.kernel());
    add(Family.CONTAINER_MEMORY_FAILCNT, memory.limitHits());
    add(Family.CONTAINER_OOM_EVENTS_TOTAL, memory.oomKills());
    for (var scope : List.of("container", "hierarchy")) {
      var faults = memory.faults();
      add(Family.CONTAINER_MEMORY_FAILURES_TOTAL, faults.all(), "pgfault", scope);
      add(Family.CONTAINER_MEMORY_FAILURES_TOTAL, faults.major(), "pgmajfault", scope);
    }
  }

  private void device(DeviceIo io) {
    var name = io.name();
    add(Family.CONTAINER_FS_READS_BYTES_TOTAL, io.readBytes(), name);
    add(Family.CONTAINER_FS_READS_TOTAL, io.reads(), name);
    add(Family.CONTAINER_FS_WRITES_BYTES_TOTAL, io.writtenBytes(), name);
    add(Family.CONTAINER_FS_WRITES_TOTAL, io.writes(), name);
    var major = String.valueOf(io.major());
    var minor = String.valueOf(io.minor());
    var family = Family.CONTAINER_BLKIO_DEVICE_USAGE_TOTAL;
    add(family, io.readBytes(), name, major, minor, "Read");
    add(family, io.writtenBytes(), name, major, minor, "Write");
  }

  private void pressure(Optional<Pressure> pressure, Family some, Family full) {
    pressure.ifPresent(
        there -> {
          add(some, there.some().totalNanos() / NANOS_A_SECOND);
          add(full, there.full().totalNanos() / NANOS_A_SECOND);
        });
  }

  Samples processes(ProcessUsage held) {
    add(Family.CONTAINER_PROCESSES, held.processes());
    add(Family.CONTAINER_FILE_DESCRIPTORS, held.fileDescriptors());
    add(Family.CONTAINER_SOCKETS, held.sockets());
    add(Family.CONTAINER_ULIMITS_SOFT, held.openFilesMax().orElse(UNLIMITED), "max_open_files");
    return this;
  }

  /** What it was given, and since when it runs. */
  Samples spec(Container container) {
    var limits = container.config().resources();
    add(Family.CONTAINER_SPEC_CPU_PERIOD, or(limits.cpuPeriodMicros(), CPU_PERIOD_MICROS));
    if (limits.cpuQuotaMicros() > 0) {
      add(Family.CONTAINER_SPEC_CPU_QUOTA, limits.cpuQuotaMicros());
    }
    add(Family.CONTAINER_SPEC_CPU_SHARES, or(limits.cpuShares(), CPU_SHARES));
    add(Family.CONTAINER_SPEC_MEMORY_LIMIT_BYTES, Math.max(0, limits.memoryBytes()));
    add(Family.CONTAINER_SPEC_MEMORY_RESERVATION_LIMIT_BYTES, reservation(limits));
    add(
        Family.CONTAINER_SPEC_MEMORY_SWAP_LIMIT_BYTES,
        Math.max(0, or(limits.memorySwapBytes(), limits.memoryBytes())));
    if (container.state() instanceof Running(var since, _)) {
      add(Family.CONTAINER_START_TIME_SECONDS, since.getEpochSecond());
    }
    return this;
  }

  /** The CRI has no word for it but the control group's own. */
  private static long reservation(Resources limits) {
    var low = limits.unified().getOrDefault("memory.low", "");
    return low.matches("[0-9]{1,18}") ? Long.parseLong(low) : 0;
  }

  private static long or(long asked, long otherwise) {
    return asked == 0 ? otherwise : asked;
  }

  Samples files(FileSystemSpace space, Optional<WrittenFiles> written) {
    var device = space.device();
    add(Family.CONTAINER_FS_LIMIT_BYTES, space.bytes(), device);
    add(Family.CONTAINER_FS_INODES_TOTAL, space.inodes(), device);
    add(Family.CONTAINER_FS_INODES_FREE, space.inodesFree(), device);
    written.ifPresent(files -> add(Family.CONTAINER_FS_USAGE_BYTES, files.bytes(), device));
    return this;
  }

  private void add(Family family, long value, String... labels) {
    var all = new ArrayList<>(common);
    all.addAll(List.of(labels));
    made.add(new Sample(family, all, value));
  }
}
