package io.gantry.network;

import io.gantry.ids.SandboxId;
import java.nio.file.Path;
import java.util.List;

/**
 * A pod to attach.
 *
 * @param namespace the pod's Kubernetes namespace
 * @param netns the file that pins its network namespace
 */
public record Attach(
    SandboxId id, String namespace, String name, String uid, Path netns, List<PortMapping> ports) {
  /**
   * A port of the host that leads to the pod.
   *
   * @param protocol {@code tcp}, {@code udp} or {@code sctp}
   * @param hostPort 0 if none is mapped
   * @param hostIp the address to listen at, {@code ""} for all
   */
  public record PortMapping(String protocol, int containerPort, int hostPort, String hostIp) {}

  public Attach {
    ports = List.copyOf(ports);
  }
}
