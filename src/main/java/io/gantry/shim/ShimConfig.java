package io.gantry.shim;

import java.nio.file.Path;
import java.util.Optional;

/**
 * One containerd shim.
 *
 * @param binary its binary
 * @param options what it is told with each container
 * @param catatonit the init that holds a pod's shared PID namespace, or stands for the pod itself;
 *     empty if the host has none, then such pods are refused
 * @param directory the driver's own, in the run folder, on a file system that a reboot empties; no
 *     other driver may use it
 * @param defaultCgroupParent the group of pods that name none
 * @param idMaps whether this host shows layers with other owners; without, there are no pods with
 *     users of their own
 * @param imaging how roots become block devices, where they are to
 */
public record ShimConfig(
    Path binary,
    ShimOptions options,
    Optional<Path> catatonit,
    Path directory,
    String defaultCgroupParent,
    boolean idMaps,
    Optional<Imaging> imaging) {

  /** As most hosts want it. */
  public static ShimConfig of(
      Path binary, ShimOptions options, Optional<Path> catatonit, Path directory) {
    return new ShimConfig(binary, options, catatonit, directory, "/gantry", true, Optional.empty());
  }

  Places places() {
    return new Places(directory);
  }

  /** What the shim calls itself in messages. */
  String name() {
    return String.valueOf(binary.getFileName());
  }

  /**
   * Whether one shim looks after a whole pod and needs no container that stands for the pod. Others
   * are started for each container, as containerd does, and may answer that an earlier one takes it
   * too; the pod's own container comes first there, since the pod may be a machine.
   */
  boolean grouped() {
    return options.family() == ShimOptions.Family.RUNC;
  }
}
