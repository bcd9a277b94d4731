package io.gantry.shim;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.Cpu;
import io.gantry.runtime.ContainerUsage.DeviceIo;
import io.gantry.runtime.ContainerUsage.Faults;
import io.gantry.runtime.ContainerUsage.Hugepages;
import io.gantry.runtime.ContainerUsage.Memory;
import io.gantry.runtime.ContainerUsage.Pressure;
import io.gantry.runtime.ContainerUsage.Stall;
import io.gantry.runtime.ContainerUsage.Swap;
import io.gantry.runtime.ContainerUsage.Tasks;
import io.gantry.shim.proto.GroupV1;
import io.gantry.shim.proto.GroupV2;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The numbers that a shim tells: of a control group of the host, or of one in a virtual machine
 * that the host does not see. Pure.
 */
final class ShimUsage {
  private static final String V1 = "io.containerd.cgroups.v1.Metrics";
  private static final String V2 = "io.containerd.cgroups.v2.Metrics";
  private static final long NANOS_A_MICRO = 1000;

  /** What is said for no limit is this or more, by the size of a page. */
  private static final long ENDLESS = 1L << 62;

  private ShimUsage() {}

  /** INTERNAL for what is neither form, or cannot be read. */
  static ContainerUsage of(Any stats, Instant at) {
    try {
      var type = stats.getTypeUrl();
      if (type.endsWith(V1)) {
        return v1(GroupV1.Metrics.parseFrom(stats.getValue()), at);
      }
      if (type.endsWith(V2)) {
        return v2(GroupV2.Metrics.parseFrom(stats.getValue()), at);
      }
      throw RuntimeFault.internal(
          "stats: '" + type + "' (expected: " + V1 + " or " + V2 + ")", null);
    } catch (InvalidProtocolBufferException unreadable) {
      throw RuntimeFault.internal("stats: unreadable", unreadable);
    }
  }

  private static ContainerUsage v1(GroupV1.Metrics metrics, Instant at) {
    var cpu = metrics.getCpu();
    var stat = metrics.getMemory();
    var usage = stat.getUsage();
    var swap = stat.getSwap();
    return new ContainerUsage(
        at,
        new Cpu(
            cpu.getUsage().getTotal(),
            cpu.getUsage().getUser(),
            cpu.getUsage().getKernel(),
            cpu.getThrottling().getPeriods(),
            cpu.getThrottling().getThrottledPeriods(),
            cpu.getThrottling().getThrottledTime(),
            Optional.empty()),
        new Memory(
            usage.getUsage(),
            Math.max(0, usage.getUsage() - stat.getTotalInactiveFile()),
            OptionalLong.of(usage.getMax()),
            stated(usage.getLimit()),
            stat.getTotalRss(),
            stat.getTotalCache(),
            stat.getTotalMappedFile(),
            stat.getKernel().getUsage(),
            new Faults(stat.getTotalPgFault(), stat.getTotalPgMajFault()),
            usage.getFailcnt(),
            metrics.getMemoryOomControl().getOomKill(),
            Optional.empty()),
        // v1 counts swap together with memory
        new Swap(
            Math.max(0, swap.getUsage() - usage.getUsage()),
            stated(swap.getLimit()).isPresent() && stated(usage.getLimit()).isPresent()
                ? OptionalLong.of(Math.max(0, swap.getLimit() - usage.getLimit()))
                : OptionalLong.empty()),
        new Tasks(metrics.getPids().getCurrent(), stated(metrics.getPids().getLimit())),
        io(metrics.getBlkio()),
        Optional.empty(),
        metrics.getHugetlbList().stream()
            .map(it -> new Hugepages(it.getPagesize(), it.getUsage(), OptionalLong.of(it.getMax())))
            .toList());
  }

  /** One entry for each device and operation; of the operations two count. */
  private static List<DeviceIo> io(GroupV1.BlkIOStat stat) {
    var bytes = new HashMap<String, Long>();
    var counts = new HashMap<String, Long>();
    stat.getIoServiceBytesRecursiveList().forEach(it -> bytes.put(key(it), it.getValue()));
    stat.getIoServicedRecursiveList().forEach(it -> counts.put(key(it), it.getValue()));
    var devices = new ArrayList<DeviceIo>();
    for (var entry : stat.getIoServiceBytesRecursiveList()) {
      if (entry.getOp().equalsIgnoreCase("read")) {
        var device = entry.getMajor() + ":" + entry.getMinor();
        devices.add(
            new DeviceIo(
                (int) entry.getMajor(),
                (int) entry.getMinor(),
                entry.getDevice(),
                bytes.getOrDefault(device + " read", 0L),
                bytes.getOrDefault(device + " write", 0L),
                counts.getOrDefault(device + " read", 0L),
                counts.getOrDefault(device + " write", 0L)));
      }
    }
    return devices;
  }

  private static String key(GroupV1.BlkIOEntry entry) {
    return entry.getMajor() + ":" + entry.getMinor() + " " + entry.getOp().toLowerCase(Locale.ROOT);
  }

  private static ContainerUsage v2(GroupV2.Metrics metrics, Instant at) {
    var cpu = metrics.getCpu();
    var memory = metrics.getMemory();
    var events = metrics.getMemoryEvents();
    return new ContainerUsage(
        at,
        new Cpu(
            cpu.getUsageUsec() * NANOS_A_MICRO,
            cpu.getUserUsec() * NANOS_A_MICRO,
            cpu.getSystemUsec() * NANOS_A_MICRO,
            cpu.getNrPeriods(),
            cpu.getNrThrottled(),
            cpu.getThrottledUsec() * NANOS_A_MICRO,
            cpu.hasPsi() ? pressure(cpu.getPsi()) : Optional.empty()),
        new Memory(
            memory.getUsage(),
            Math.max(0, memory.getUsage() - memory.getInactiveFile()),
            memory.getMaxUsage() == 0
                ? OptionalLong.empty()
                : OptionalLong.of(memory.getMaxUsage()),
            stated(memory.getUsageLimit()),
            memory.getAnon(),
            memory.getFile(),
            memory.getFileMapped(),
            memory.getSlab() + memory.getKernelStack(),
            new Faults(memory.getPgfault(), memory.getPgmajfault()),
            events.getMax(),
            events.getOomKill(),
            memory.hasPsi() ? pressure(memory.getPsi()) : Optional.empty()),
        new Swap(memory.getSwapUsage(), limit(memory.getSwapLimit())),
        new Tasks(metrics.getPids().getCurrent(), stated(metrics.getPids().getLimit())),
        metrics.getIo().getUsageList().stream()
            .map(
                it ->
                    new DeviceIo(
                        (int) it.getMajor(),
                        (int) it.getMinor(),
                        "",
                        it.getRbytes(),
                        it.getWbytes(),
                        it.getRios(),
                        it.getWios()))
            .toList(),
        metrics.getIo().hasPsi() ? pressure(metrics.getIo().getPsi()) : Optional.empty(),
        metrics.getHugetlbList().stream()
            .map(it -> new Hugepages(it.getPagesize(), it.getCurrent(), OptionalLong.empty()))
            .toList());
  }

  private static Optional<Pressure> pressure(GroupV2.PSIStats stats) {
    return Optional.of(new Pressure(stall(stats.getSome()), stall(stats.getFull())));
  }

  private static Stall stall(GroupV2.PSIData data) {
    return new Stall(
        data.getTotal() * NANOS_A_MICRO, data.getAvg10(), data.getAvg60(), data.getAvg300());
  }

  /** The numbers are unsigned. */
  private static OptionalLong limit(long value) {
    return value < 0 || value >= ENDLESS ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /**
   * 0 is said of tasks where there is none, and by gVisor's shim of memory, which it does not tell.
   */
  private static OptionalLong stated(long value) {
    return value == 0 ? OptionalLong.empty() : limit(value);
  }
}
