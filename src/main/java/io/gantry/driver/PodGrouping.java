package io.gantry.driver;

import io.gantry.ids.SandboxId;
import java.util.HashMap;
import java.util.Map;

/**
 * What runtimes with something of their own for a pod (a kernel, a machine, a shim) know its
 * containers by: the annotations of containerd and of CRI-O, which do not conflict.
 */
public enum PodGrouping {
  /** What stands for the pod, and comes first. */
  SANDBOX("sandbox"),
  CONTAINER("container");

  private final String type;

  PodGrouping(String type) {
    this.type = type;
  }

  public Map<String, String> of(SandboxId pod) {
    return Map.of(
        "io.kubernetes.cri.container-type",
        type,
        "io.kubernetes.cri.sandbox-id",
        pod.value(),
        "io.kubernetes.cri-o.ContainerType",
        type,
        "io.kubernetes.cri-o.SandboxID",
        pod.value());
  }

  /** {@code others}, and these: nobody else says which pod a container belongs to. */
  public Map<String, String> over(Map<String, String> others, SandboxId pod) {
    var all = new HashMap<>(others);
    all.putAll(of(pod));
    return all;
  }
}
