package io.gantry.container;

import io.gantry.container.ContainerConfig.HostDevice;
import io.gantry.container.SpecWriter.Devices;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.DeviceNode;
import io.gantry.oci.RuntimeSpec.Device;
import io.gantry.oci.RuntimeSpec.DeviceRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks up device nodes of the host. Blocks: run it on the disk pool. */
final class DeviceFinder {
  /** Made by every runtime itself, or another file system in the container. */
  private static final Set<String> OWN =
      Set.of("pts", "shm", "mqueue", "fd", "stdin", "stdout", "stderr", "console", "ptmx");

  private DeviceFinder() {}

  static Devices find(ContainerConfig config) throws IOException {
    var nodes = new ArrayList<Device>();
    var rules = new ArrayList<DeviceRule>();
    if (config.security().privileged()) {
      collect(Path.of("/dev"), nodes);
    }
    for (var asked : config.devices()) {
      for (var node : nodes(asked)) {
        nodes.removeIf(other -> other.path().equals(node.path()));
        nodes.add(node);
        rules.add(
            new DeviceRule(true, node.type(), node.major(), node.minor(), asked.permissions()));
      }
    }
    return new Devices(List.copyOf(nodes), List.copyOf(rules));
  }

  /** The device of a path, or all that are in its directory and below. */
  private static List<Device> nodes(HostDevice asked) throws IOException {
    var path = Path.of(asked.hostPath());
    if (!Files.isDirectory(path)) {
      return List.of(node(path, asked.containerPath()).orElseThrow(() -> notADevice(asked)));
    }
    var found = new ArrayList<Device>();
    try (var files = Files.walk(path)) {
      for (var file : files.sorted().toList()) {
        var as = Path.of(asked.containerPath()).resolve(path.relativize(file));
        if (!Files.isSymbolicLink(file)) {
          node(file, as.toString()).ifPresent(found::add);
        }
      }
    }
    if (found.isEmpty()) {
      throw notADevice(asked);
    }
    return found;
  }

  private static void collect(Path directory, List<Device> nodes) throws IOException {
    try (var children = Files.newDirectoryStream(directory)) {
      for (var child : children) {
        if (directory.equals(Path.of("/dev")) && OWN.contains(child.getFileName().toString())) {
          continue;
        }
        if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
          collect(child, nodes);
        } else {
          node(child, child.toString()).ifPresent(nodes::add);
        }
      }
    }
  }

  private static Optional<Device> node(Path path, String as) throws IOException {
    return DeviceNode.at(path)
        .map(
            node ->
                new Device(
                    as,
                    node.type(),
                    node.major(),
                    node.minor(),
                    node.mode(),
                    node.uid(),
                    node.gid()));
  }

  private static RuntimeFault notADevice(HostDevice asked) {
    return RuntimeFault.invalid(
        "device: '"
            + asked.hostPath()
            + "' (expected: a device of the host, or a directory of some)");
  }
}
