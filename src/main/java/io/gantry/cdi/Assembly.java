package io.gantry.cdi;

import static io.gantry.cdi.CdiFile.or;

import io.gantry.cdi.CdiDocument.ContainerEdits;
import io.gantry.cdi.CdiDocument.HookEntry;
import io.gantry.cdi.CdiDocument.MountEntry;
import io.gantry.cdi.CdiDocument.NodeEntry;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.DeviceNode;
import io.gantry.oci.RuntimeSpec.Device;
import io.gantry.oci.RuntimeSpec.DeviceRule;
import io.gantry.oci.RuntimeSpec.Hook;
import io.gantry.oci.RuntimeSpec.Hooks;
import io.gantry.oci.RuntimeSpec.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The edits of several devices, one after the other: the last word on a path or variable counts.
 */
final class Assembly {
  private static final String ALL = "rwm";

  private final Map<String, String> env = new LinkedHashMap<>();
  private final Map<String, Device> devices = new LinkedHashMap<>();
  private final Map<String, DeviceRule> rules = new LinkedHashMap<>();
  private final Map<String, Mount> mounts = new LinkedHashMap<>();
  private final Map<String, List<Hook>> hooks = new HashMap<>();
  private final Set<Long> groups = new LinkedHashSet<>();

  /** Looks up on the host what the edits leave open. Blocks. */
  void add(ContainerEdits edits) throws IOException {
    refuse(edits);
    for (var line : or(edits.env())) {
      var equals = line.indexOf('=');
      env.put(line.substring(0, equals), line.substring(equals + 1));
    }
    for (var node : or(edits.deviceNodes())) {
      add(node);
    }
    for (var mount : or(edits.mounts())) {
      add(mount);
    }
    for (var hook : or(edits.hooks())) {
      add(hook);
    }
    or(edits.additionalGids()).stream().filter(group -> group != 0).forEach(groups::add);
  }

  private static void refuse(ContainerEdits edits) {
    if (edits.intelRdt() != null && !edits.intelRdt().isNull()) {
      throw unsupported("intelRdt");
    }
    if (!or(edits.netDevices()).isEmpty()) {
      throw unsupported("netDevices");
    }
  }

  private static RuntimeFault unsupported(String what) {
    return RuntimeFault.invalid(what + ": not supported by this version (expected: none)");
  }

  private void add(NodeEntry node) throws IOException {
    var path = or(node.path());
    var device = device(path, node);
    devices.put(path, device);
    if (device.type().equals("b") || device.type().equals("c")) {
      rules.put(
          path,
          new DeviceRule(
              true,
              device.type(),
              device.major(),
              device.minor(),
              or(node.permissions()).isEmpty() ? ALL : or(node.permissions())));
    }
  }

  /** Type and number as they are given, or as the host's node has them. */
  private static Device device(String path, NodeEntry node) throws IOException {
    var source = or(node.hostPath()).isEmpty() ? path : or(node.hostPath());
    var type = or(node.type());
    if (type.equals("p") || (!type.isEmpty() && zeroIfNull(node.major()) != 0)) {
      return new Device(
          path,
          type,
          zeroIfNull(node.major()),
          zeroIfNull(node.minor()),
          node.fileMode(),
          node.uid(),
          node.gid());
    }
    var there = DeviceNode.at(Path.of(source)).orElseThrow(() -> notADevice(source));
    if (!type.isEmpty() && !(type.equals("u") ? "c" : type).equals(there.type())) {
      throw RuntimeFault.precondition(
          "device node: '" + source + "' is of type " + there.type() + " (expected: " + type + ")");
    }
    return new Device(
        path,
        there.type(),
        there.major(),
        there.minor(),
        node.fileMode() == null ? Integer.valueOf(there.mode()) : node.fileMode(),
        node.uid(),
        node.gid());
  }

  private static RuntimeFault notADevice(String path) {
    return RuntimeFault.precondition(
        "device node: '"
            + path
            + "' (expected: a device of the host, so that its driver is loaded)");
  }

  private static long zeroIfNull(@Nullable Long number) {
    return number == null ? 0 : number;
  }

  private void add(MountEntry mount) {
    var type = or(mount.type());
    var options = new ArrayList<>(or(mount.options()));
    var bind = type.isEmpty() || type.equals("bind") || options.contains("rbind");
    if (bind && !Files.exists(Path.of(or(mount.hostPath())))) {
      throw RuntimeFault.precondition(
          "mount: '" + mount.hostPath() + "' (expected: a file or directory of the host)");
    }
    if (bind && !options.contains("bind") && !options.contains("rbind")) {
      options.add("rbind");
    }
    mounts.put(
        or(mount.containerPath()),
        new Mount(or(mount.containerPath()), bind ? "bind" : type, or(mount.hostPath()), options));
  }

  private void add(HookEntry hook) {
    if (!Files.isExecutable(Path.of(or(hook.path())))) {
      throw RuntimeFault.precondition(
          hook.hookName() + " hook: '" + hook.path() + "' (expected: a program of the host)");
    }
    hooks
        .computeIfAbsent(or(hook.hookName()), _ -> new ArrayList<>())
        .add(new Hook(or(hook.path()), or(hook.args()), or(hook.env()), hook.timeout()));
  }

  Edits edits() {
    return new Edits(
        env,
        List.copyOf(devices.values()),
        List.copyOf(rules.values()),
        List.copyOf(mounts.values()),
        hooks.isEmpty() ? null : allHooks(),
        List.copyOf(groups));
  }

  private Hooks allHooks() {
    return new Hooks(
        named("prestart"),
        named("createRuntime"),
        named("createContainer"),
        named("startContainer"),
        named("poststart"),
        named("poststop"));
  }

  private List<Hook> named(String name) {
    return hooks.getOrDefault(name, List.of());
  }
}
