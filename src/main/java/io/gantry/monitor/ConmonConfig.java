package io.gantry.monitor;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One OCI command line under conmon.
 *
 * @param conmon the conmon binary
 * @param runtime the OCI runtime binary
 * @param catatonit the init that holds a pod's shared PID namespace; empty if the host has none,
 *     then such pods are refused
 * @param directory the driver's own, in the run folder, on a file system that a reboot empties; no
 *     other driver may use it
 * @param options global options of the runtime, before its verb
 * @param defaultCgroupParent the group of pods that name none
 * @param idMaps whether this host shows layers with other owners; without, there are no pods with
 *     users of their own
 */
public record ConmonConfig(
    Path conmon,
    Path runtime,
    Optional<Path> catatonit,
    Path directory,
    List<String> options,
    String defaultCgroupParent,
    Quirks quirks,
    boolean idMaps) {

  /**
   * What a runtime needs that others do not.
   *
   * @param hideUnified whether the runtime must not see {@code /sys/fs/cgroup/unified}; empty asks
   *     the host and the runtime
   * @param detachedExec whether commands in containers are to be left behind by the runtime,
   *     because its own {@code exec} does not end before the last holder of the output does; empty
   *     asks the runtime
   * @param ownKernel whether a pod's containers run on a kernel of the pod's own, where they are no
   *     processes of the host; empty asks the runtime
   */
  public record Quirks(
      Optional<Boolean> hideUnified, Optional<Boolean> detachedExec, Optional<Boolean> ownKernel) {
    public static final Quirks PROBED =
        new Quirks(Optional.empty(), Optional.empty(), Optional.empty());
  }

  public ConmonConfig {
    options = List.copyOf(options);
  }

  /** As most hosts want it: no options, quirks probed. */
  public static ConmonConfig of(
      Path conmon, Path runtime, Optional<Path> catatonit, Path directory) {
    return new ConmonConfig(
        conmon, runtime, catatonit, directory, List.of(), "/gantry", Quirks.PROBED, true);
  }

  /** The runtime's own state. */
  Path root() {
    return directory.resolve("state");
  }

  /** Where conmon leaves exit codes. */
  Path exits() {
    return directory.resolve("exits");
  }

  /** What stands in for the containers of a kernel of the pod's own. */
  Path standIn() {
    return directory.resolve("stand-in.sh");
  }

  /** One file for each container that is made, or was about to be. */
  Path ledger() {
    return directory.resolve("ledger");
  }

  /** What the runtime calls itself in messages. */
  String runtimeName() {
    return String.valueOf(runtime.getFileName());
  }
}
