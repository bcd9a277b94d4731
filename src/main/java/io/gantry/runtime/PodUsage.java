package io.gantry.runtime;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a pod uses.
 *
 * @param all its containers together, with what holds the pod; empty if that is not accounted
 * @param network empty for a pod without a network of its own
 */
public record PodUsage(Optional<ContainerUsage> all, Optional<Network> network) {
  /**
   * Traffic of the pod's network, without that of its loopback device.
   *
   * @param defaultInterface that of the default route; empty if there is none
   */
  public record Network(Instant at, Optional<String> defaultInterface, List<Interface> interfaces) {
    public Network {
      interfaces = List.copyOf(interfaces);
    }
  }

  /** Counters of a network device since it was made. */
  public record Interface(String name, Counters received, Counters sent) {}

  public record Counters(long bytes, long packets, long errors, long dropped) {}
}
