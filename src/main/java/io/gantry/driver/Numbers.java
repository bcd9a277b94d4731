package io.gantry.driver;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.PodSpec;
import io.gantry.runtime.PodUsage;
import io.gantry.runtime.PodUsage.Network;
import io.gantry.runtime.ProcessUsage;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What containers and pods use, from control groups, network namespaces and processes. */
public final class Numbers {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages");
  private static final Path BLOCK_DEVICES = Path.of("/sys/dev/block");

  private final Host host;
  private final Clock clock;
  private final GroupUsage groups;

  /** Names of block devices that were met, by {@code major:minor}. */
  private final ConcurrentMap<String, String> devices = new ConcurrentHashMap<>();

  private Numbers(Host host, Clock clock, GroupUsage groups) {
    this.host = host;
    this.clock = clock;
    this.groups = groups;
  }

  public static Future<Numbers> of(Host host, Clock clock) {
    return host.disk()
        .run(Numbers::pageSizes)
        .map(sizes -> new Numbers(host, clock, GroupUsage.of(host.cgroups().version(), sizes)));
  }

  /** Of the container {@code id}; FAILED_PRECONDITION without a group of that name. */
  public Future<ContainerUsage> container(String id, String cgroup) {
    return group(cgroup)
        .map(
            usage ->
                usage.orElseThrow(
                    () ->
                        RuntimeFault.precondition(
                            "container: "
                                + id
                                + " (expected: created, and its control group there)")));
  }

  public Future<PodUsage> pod(PodSpec pod) {
    return group(ControlGroup.path(pod.cgroupParent()))
        .compose(usage -> network(pod).map(network -> new PodUsage(usage, network)));
  }

  /** Empty if there is no such group, or none of our own. */
  private Future<Optional<ContainerUsage>> group(String path) {
    if (path.isEmpty()) {
      return Future.succeededFuture(Optional.empty());
    }
    return host.cgroups()
        .read(path, groups.files())
        .compose(
            files ->
                files.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : named(groups.devices(files))
                        .map(names -> Optional.of(groups.usage(files, clock.instant(), names))));
  }

  private Future<Map<String, String>> named(List<String> numbers) {
    if (devices.keySet().containsAll(numbers)) {
      return Future.succeededFuture(devices);
    }
    return host.disk()
        .run(
            () -> {
              for (var number : numbers) {
                devices.put(number, name(number));
              }
              return devices;
            });
  }

  /** By the line {@code DEVNAME=sda}; empty for a device that is not there any more. */
  private static String name(String number) {
    try {
      return Files.readAllLines(BLOCK_DEVICES.resolve(number).resolve("uevent")).stream()
          .filter(line -> line.startsWith("DEVNAME="))
          .map(line -> "/dev/" + line.substring("DEVNAME=".length()))
          .findFirst()
          .orElse("");
    } catch (IOException gone) {
      return "";
    }
  }

  /** Of a network of the pod's own, through its pin: a process could be another one by now. */
  private Future<Optional<Network>> network(PodSpec pod) {
    return Optional.ofNullable(pod.namespaces().get("network"))
        .map(
            pin ->
                host.namespaces()
                    .inside(pin, () -> Optional.of(NetworkFiles.read(clock.instant()))))
        .orElseGet(() -> Future.succeededFuture(Optional.empty()));
  }

  /** Of those in a group; {@code first} is the one whose limit counts. */
  public Future<ProcessUsage> processes(String cgroup, Optional<Integer> first) {
    return host.cgroups()
        .processes(cgroup)
        .compose(pids -> host.disk().run(() -> ProcFiles.usage(pids, first)));
  }

  /** As control groups name them: {@code hugepages-2048kB} is 2MB. */
  private static List<String> pageSizes() throws IOException {
    if (!Files.isDirectory(HUGE_PAGES)) {
      return List.of();
    }
    try (var sizes = Files.list(HUGE_PAGES)) {
      return sizes
          .map(size -> String.valueOf(size.getFileName()))
          .filter(name -> name.matches("hugepages-[0-9]+kB"))
          .map(name -> Long.parseLong(name.substring("hugepages-".length(), name.length() - 2)))
          .sorted()
          .map(Numbers::pageSize)
          .toList();
    }
  }

  static String pageSize(long kibibytes) {
    if (kibibytes % (1 << 20) == 0) {
      return (kibibytes >> 20) + "GB";
    }
    return kibibytes % (1 << 10) == 0 ? (kibibytes >> 10) + "MB" : kibibytes + "KB";
  }
}
