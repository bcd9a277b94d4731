package io.gantry.stats;

import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import java.util.List;
import java.util.Map;

/** The metrics of a pod as a whole, and those of its containers that run. */
public record PodSamples(
    SandboxId pod, List<Sample> own, Map<ContainerId, List<Sample>> containers) {
  public PodSamples {
    own = List.copyOf(own);
    containers = Map.copyOf(containers);
  }
}
