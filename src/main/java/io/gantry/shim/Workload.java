package io.gantry.shim;

import io.gantry.driver.PodGrouping;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Linux;
import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.User;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ControlGroup;
import io.gantry.runtime.RootImage;
import io.gantry.runtime.Rootfs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a shim looks after: a container, or what stands for a pod.
 *
 * @param standsForPod whether it is the latter
 * @param overlay the layers to mount, where the root is not simply a directory
 * @param root the root directory, or where the shim mounts the image of it
 * @param image what the shim gets in place of a directory
 */
record Workload(
    String id,
    SandboxId pod,
    boolean standsForPod,
    Bundle bundle,
    RuntimeSpec spec,
    Optional<Rootfs> overlay,
    Path root,
    Optional<RootImage> image,
    Optional<Path> log,
    boolean terminal,
    boolean stdin,
    boolean stdinOnce) {

  static Workload of(ContainerSpec container, ShimConfig config) {
    var bundle = config.places().bundle(container.id().value());
    // shims mount what they are given at one place
    var image = config.imaging().map(_ -> container.rootfs().image());
    var rootfs = image.isPresent() ? container.rootfs().at(bundle.root()) : container.rootfs();
    return new Workload(
        container.id().value(),
        container.pod(),
        false,
        bundle,
        container.spec(),
        Optional.of(rootfs),
        rootfs.target(),
        image,
        container.log(),
        container.terminal(),
        container.stdin(),
        container.stdinOnce());
  }

  /** As much of one as clearing needs. */
  static Workload remains(Entry entry, Places places) {
    var process =
        new Process(
            false,
            new User(0, 0, List.of()),
            List.of(),
            List.of(),
            "/",
            null,
            List.of(),
            true,
            null,
            null,
            null);
    var linux =
        new Linux(
            List.of(),
            entry.cgroup(),
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            List.of(),
            null,
            null);
    var bundle = places.bundle(entry.id());
    return new Workload(
        entry.id(),
        entry.pod(),
        false,
        bundle,
        new RuntimeSpec(RuntimeSpec.VERSION, process, null, null, List.of(), Map.of(), linux),
        Optional.empty(),
        bundle.root(),
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        false);
  }

  Stdio stdio() {
    return new Stdio(bundle.stdio(), terminal, stdin);
  }

  /** Where the control group lies: everything is killed by it, so there must be one. */
  String cgroup() {
    return ControlGroup.placed(spec.linux().cgroupsPath(), id);
  }

  /** Whether the runtime is to ask systemd for the group. */
  boolean bySystemd() {
    var name = spec.linux().cgroupsPath();
    return name != null && ControlGroup.bySystemd(name);
  }

  /** With what shims group by. */
  Map<String, String> annotations() {
    var type = standsForPod ? PodGrouping.SANDBOX : PodGrouping.CONTAINER;
    return type.over(spec.annotations(), pod);
  }

  Entry entry(String bootId) {
    return new Entry(
        id,
        pod,
        bootId,
        image.map(_ -> root).or(() -> overlay.map(Rootfs::target)),
        cgroup(),
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
