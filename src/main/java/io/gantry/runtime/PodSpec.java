package io.gantry.runtime;

import io.gantry.ids.SandboxId;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a driver needs to know of a pod.
 *
 * @param directory a directory of the driver's own for this pod, in the run folder; it exists
 * @param namespaces files of the namespaces that were made for the pod, by their OCI type ({@code
 *     user}, {@code network}, {@code ipc}, {@code uts}); the host's own where a type is missing
 * @param sharedPid whether the pod's containers share one PID namespace
 * @param cgroupParent the group below which everything of the pod lies, {@code ""} for the driver's
 *     default
 * @param hostname the pod's host name
 * @param confines of a process of the pod's own
 */
public record PodSpec(
    SandboxId id,
    Path directory,
    Map<String, Path> namespaces,
    boolean sharedPid,
    String cgroupParent,
    String hostname,
    Confines confines) {
  public PodSpec {
    namespaces = Map.copyOf(namespaces);
  }

  public PodSpec confined(Confines confines) {
    return new PodSpec(id, directory, namespaces, sharedPid, cgroupParent, hostname, confines);
  }
}
