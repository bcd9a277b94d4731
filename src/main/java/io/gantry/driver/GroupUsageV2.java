package io.gantry.driver;

import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.Cpu;
import io.gantry.runtime.ContainerUsage.DeviceIo;
import io.gantry.runtime.ContainerUsage.Faults;
import io.gantry.runtime.ContainerUsage.Hugepages;
import io.gantry.runtime.ContainerUsage.Memory;
import io.gantry.runtime.ContainerUsage.Swap;
import io.gantry.runtime.ContainerUsage.Tasks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** cgroup v2 (the kernel's Documentation/admin-guide/cgroup-v2.rst). */
record GroupUsageV2(List<String> pageSizes) implements GroupUsage {
  private static final long NANOS_A_MICRO = 1000;
  private static final List<String> FILES =
      List.of(
          "cpu.stat",
          "cpu.pressure",
          "memory.current",
          "memory.peak",
          "memory.max",
          "memory.stat",
          "memory.events",
          "memory.pressure",
          "memory.swap.current",
          "memory.swap.max",
          "pids.current",
          "pids.max",
          "io.stat",
          "io.pressure");

  GroupUsageV2 {
    pageSizes = List.copyOf(pageSizes);
  }

  @Override
  public List<String> files() {
    return Stream.concat(FILES.stream(), pageSizes.stream().map(GroupUsageV2::hugepageFile))
        .toList();
  }

  @Override
  public ContainerUsage usage(Map<String, String> files, Instant at, Map<String, String> names) {
    var read = new StatFile(files);
    return new ContainerUsage(
        at,
        cpu(read),
        memory(read),
        new Swap(read.number("memory.swap.current"), read.limit("memory.swap.max")),
        new Tasks(read.number("pids.current"), read.limit("pids.max")),
        io(read, names),
        read.pressure("io.pressure"),
        hugepages(read));
  }

  private static Cpu cpu(StatFile read) {
    var stat = read.table("cpu.stat");
    return new Cpu(
        stat.getOrDefault("usage_usec", 0L) * NANOS_A_MICRO,
        stat.getOrDefault("user_usec", 0L) * NANOS_A_MICRO,
        stat.getOrDefault("system_usec", 0L) * NANOS_A_MICRO,
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_usec", 0L) * NANOS_A_MICRO,
        read.pressure("cpu.pressure"));
  }

  private static Memory memory(StatFile read) {
    var stat = read.table("memory.stat");
    var events = read.table("memory.events");
    var usage = read.number("memory.current");
    return new Memory(
        usage,
        Math.max(0, usage - stat.getOrDefault("inactive_file", 0L)),
        read.known("memory.peak"),
        read.limit("memory.max"),
        stat.getOrDefault("anon", 0L),
        stat.getOrDefault("file", 0L),
        stat.getOrDefault("file_mapped", 0L),
        kernel(stat),
        new Faults(stat.getOrDefault("pgfault", 0L), stat.getOrDefault("pgmajfault", 0L)),
        events.getOrDefault("max", 0L),
        events.getOrDefault("oom_kill", 0L),
        read.pressure("memory.pressure"));
  }

  /** Linux 5.18 has the sum; before, its two largest parts. */
  private static long kernel(Map<String, Long> stat) {
    var sum = stat.get("kernel");
    return sum == null
        ? stat.getOrDefault("slab", 0L) + stat.getOrDefault("kernel_stack", 0L)
        : sum;
  }

  @Override
  public List<String> devices(Map<String, String> files) {
    return new StatFile(files)
        .text("io.stat")
        .lines()
        .filter(line -> line.contains("="))
        .map(line -> line.split(" ", 2)[0])
        .toList();
  }

  private static List<DeviceIo> io(StatFile read, Map<String, String> names) {
    var all = new ArrayList<DeviceIo>();
    for (var line : read.text("io.stat").lines().toList()) {
      var fields = StatFile.fields(line);
      var device = line.split(" ", 2)[0].split(":", 2);
      if (!fields.isEmpty() && device.length == 2) {
        all.add(
            new DeviceIo(
                (int) StatFile.parsed(device[0]),
                (int) StatFile.parsed(device[1]),
                names.getOrDefault(device[0] + ":" + device[1], ""),
                StatFile.parsed(fields.getOrDefault("rbytes", "")),
                StatFile.parsed(fields.getOrDefault("wbytes", "")),
                StatFile.parsed(fields.getOrDefault("rios", "")),
                StatFile.parsed(fields.getOrDefault("wios", ""))));
      }
    }
    return all;
  }

  private List<Hugepages> hugepages(StatFile read) {
    return pageSizes.stream()
        .filter(size -> read.has(hugepageFile(size)))
        .map(size -> new Hugepages(size, read.number(hugepageFile(size)), OptionalLong.empty()))
        .toList();
  }

  private static String hugepageFile(String size) {
    return "hugetlb." + size + ".current";
  }
}
