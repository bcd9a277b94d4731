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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * cgroup v1 (the kernel's Documentation/admin-guide/cgroup-v1). There is no pressure: a hybrid host
 * has the files, in a tree that the containers are not in.
 */
record GroupUsageV1(List<String> pageSizes) implements GroupUsage {
  private static final String IO_BYTES = "blkio.throttle.io_service_bytes_recursive";
  private static final String IO_COUNTS = "blkio.throttle.io_serviced_recursive";
  private static final List<String> FILES =
      List.of(
          "cpuacct.usage",
          "cpuacct.usage_user",
          "cpuacct.usage_sys",
          "cpu.stat",
          "memory.usage_in_bytes",
          "memory.max_usage_in_bytes",
          "memory.limit_in_bytes",
          "memory.memsw.limit_in_bytes",
          "memory.kmem.usage_in_bytes",
          "memory.failcnt",
          "memory.stat",
          "memory.oom_control",
          "pids.current",
          "pids.max",
          IO_BYTES,
          IO_COUNTS);

  GroupUsageV1 {
    pageSizes = List.copyOf(pageSizes);
  }

  @Override
  public List<String> files() {
    return Stream.concat(
            FILES.stream(),
            pageSizes.stream().flatMap(size -> Stream.of(hugepageUsage(size), hugepagePeak(size))))
        .toList();
  }

  @Override
  public ContainerUsage usage(Map<String, String> files, Instant at, Map<String, String> names) {
    var read = new StatFile(files);
    var stat = read.table("memory.stat");
    return new ContainerUsage(
        at,
        cpu(read),
        memory(read, stat),
        new Swap(stat.getOrDefault("total_swap", 0L), swapLimit(read)),
        new Tasks(read.number("pids.current"), read.limit("pids.max")),
        io(read, names),
        Optional.empty(),
        hugepages(read));
  }

  private static Cpu cpu(StatFile read) {
    var stat = read.table("cpu.stat");
    return new Cpu(
        read.number("cpuacct.usage"),
        read.number("cpuacct.usage_user"),
        read.number("cpuacct.usage_sys"),
        stat.getOrDefault("nr_periods", 0L),
        stat.getOrDefault("nr_throttled", 0L),
        stat.getOrDefault("throttled_time", 0L),
        Optional.empty());
  }

  private static Memory memory(StatFile read, Map<String, Long> stat) {
    var usage = read.number("memory.usage_in_bytes");
    return new Memory(
        usage,
        Math.max(0, usage - stat.getOrDefault("total_inactive_file", 0L)),
        read.known("memory.max_usage_in_bytes"),
        read.limit("memory.limit_in_bytes"),
        stat.getOrDefault("total_rss", 0L),
        stat.getOrDefault("total_cache", 0L),
        stat.getOrDefault("total_mapped_file", 0L),
        read.number("memory.kmem.usage_in_bytes"),
        new Faults(
            stat.getOrDefault("total_pgfault", 0L), stat.getOrDefault("total_pgmajfault", 0L)),
        read.number("memory.failcnt"),
        read.table("memory.oom_control").getOrDefault("oom_kill", 0L),
        Optional.empty());
  }

  /** v1 limits memory and swap together. */
  private static OptionalLong swapLimit(StatFile read) {
    var both = read.limit("memory.memsw.limit_in_bytes");
    var memory = read.limit("memory.limit_in_bytes");
    return both.isPresent() && memory.isPresent()
        ? OptionalLong.of(Math.max(0, both.getAsLong() - memory.getAsLong()))
        : OptionalLong.empty();
  }

  @Override
  public List<String> devices(Map<String, String> files) {
    var devices = new TreeSet<>(operations(new StatFile(files), IO_BYTES).keySet());
    devices.addAll(operations(new StatFile(files), IO_COUNTS).keySet());
    return List.copyOf(devices);
  }

  private static List<DeviceIo> io(StatFile read, Map<String, String> names) {
    var bytes = operations(read, IO_BYTES);
    var counts = operations(read, IO_COUNTS);
    var devices = new TreeSet<>(bytes.keySet());
    devices.addAll(counts.keySet());
    return devices.stream()
        .map(
            device ->
                io(
                    device,
                    names.getOrDefault(device, ""),
                    bytes.getOrDefault(device, Map.of()),
                    counts.getOrDefault(device, Map.of())))
        .toList();
  }

  private static DeviceIo io(
      String device, String name, Map<String, Long> bytes, Map<String, Long> counts) {
    var numbers = device.split(":", 2);
    return new DeviceIo(
        (int) StatFile.parsed(numbers[0]),
        (int) StatFile.parsed(numbers[1]),
        name,
        bytes.getOrDefault("Read", 0L),
        bytes.getOrDefault("Write", 0L),
        counts.getOrDefault("Read", 0L),
        counts.getOrDefault("Write", 0L));
  }

  /** Lines {@code 8:0 Read 4096}, by device and operation; the last line is a sum. */
  private static Map<String, Map<String, Long>> operations(StatFile read, String file) {
    var devices = new HashMap<String, Map<String, Long>>();
    for (var line : read.text(file).lines().toList()) {
      var words = line.split(" ", -1);
      if (words.length == 3 && words[0].contains(":")) {
        devices
            .computeIfAbsent(words[0], _ -> new HashMap<>())
            .put(words[1], StatFile.parsed(words[2]));
      }
    }
    return devices;
  }

  private List<Hugepages> hugepages(StatFile read) {
    return pageSizes.stream()
        .filter(size -> read.has(hugepageUsage(size)))
        .map(
            size ->
                new Hugepages(
                    size, read.number(hugepageUsage(size)), read.known(hugepagePeak(size))))
        .toList();
  }

  private static String hugepageUsage(String size) {
    return "hugetlb." + size + ".usage_in_bytes";
  }

  private static String hugepagePeak(String size) {
    return "hugetlb." + size + ".max_usage_in_bytes";
  }
}
