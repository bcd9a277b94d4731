package io.gantry.monitor;

import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.Rootfs;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What one conmon looks after: a container, or what stands for a pod.
 *
 * @param standsForPod whether it is the latter: it holds the PID namespace that containers share,
 *     or is a kernel of the pod's own
 * @param overlay the layers to mount, where the root is not simply a directory
 * @param root the root directory
 */
record Workload(
    String id,
    SandboxId pod,
    boolean standsForPod,
    Bundle bundle,
    RuntimeSpec spec,
    Optional<Rootfs> overlay,
    Path root,
    Optional<Path> log,
    boolean terminal,
    boolean stdin,
    boolean stdinOnce) {

  static Workload of(ContainerSpec container) {
    return new Workload(
        container.id().value(),
        container.pod(),
        false,
        new Bundle(container.directory()),
        container.spec(),
        Optional.of(container.rootfs()),
        container.rootfs().target(),
        container.log(),
        container.terminal(),
        container.stdin(),
        container.stdinOnce());
  }

  /** Where the control group lies: everything is killed by it, so there must be one. */
  String cgroup() {
    return ControlGroup.placed(spec.linux().cgroupsPath(), id);
  }

  /** Whether the runtime is to ask systemd for the group; it remembers that itself later on. */
  boolean bySystemd() {
    var name = spec.linux().cgroupsPath();
    return name != null && ControlGroup.bySystemd(name);
  }

  Entry entry(String bootId) {
    return new Entry(
        id,
        bootId,
        bundle.directory(),
        overlay.map(Rootfs::target),
        cgroup(),
        Optional.empty(),
        false);
  }
}
