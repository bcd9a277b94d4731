package io.gantry.stats;

import io.gantry.runtime.PodUsage;
import io.gantry.sandbox.Sandbox;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The numbers of a pod and its containers.
 *
 * @param usage empty for a pod that is not ready
 * @param cpuNanosASecond its rate of late; empty while there is only one reading
 * @param containers those that have not ended
 */
public record PodNumbers(
    Sandbox sandbox,
    Optional<PodUsage> usage,
    OptionalLong cpuNanosASecond,
    List<ContainerNumbers> containers) {
  public PodNumbers {
    containers = List.copyOf(containers);
  }
}
