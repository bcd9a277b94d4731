package io.gantry.network;

import io.gantry.ids.SandboxId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A pod to attach.
 *
 * @param namespace the pod's Kubernetes namespace
 * @param netns the file that pins its network namespace
 */
public record Attach(
    SandboxId id,
    String namespace,
    String name,
    String uid,
    Path netns,
    List<PortMapping> ports,
    Details details) {
  /**
   * A port of the host that leads to the pod.
   *
   * @param protocol {@code tcp}, {@code udp} or {@code sctp}
   * @param hostPort 0 if none is mapped
   * @param hostIp the address to listen at, {@code ""} for all
   */
  public record PortMapping(String protocol, int containerPort, int hostPort, String hostIp) {}

  /** The pod's resolver, told to plugins that declare the capability {@code dns}. */
  public record Dns(List<String> servers, List<String> searches, List<String> options) {
    public static final Dns NONE = new Dns(List.of(), List.of(), List.of());

    public Dns {
      servers = List.copyOf(servers);
      searches = List.copyOf(searches);
      options = List.copyOf(options);
    }

    boolean isEmpty() {
      return servers.isEmpty() && searches.isEmpty() && options.isEmpty();
    }
  }

  /**
   * What only plugins that declare the capability for it are told.
   *
   * @param annotations of the pod; those of Kubernetes for bandwidth are read, too
   * @param cgroupParent {@code ""} if the kubelet named none
   */
  public record Details(Dns dns, Map<String, String> annotations, String cgroupParent) {
    public static final Details NONE = new Details(Dns.NONE, Map.of(), "");

    public Details {
      annotations = Map.copyOf(annotations);
    }
  }

  public Attach {
    ports = List.copyOf(ports);
  }

  public Attach(
      SandboxId id,
      String namespace,
      String name,
      String uid,
      Path netns,
      List<PortMapping> ports) {
    this(id, namespace, name, uid, netns, ports, Details.NONE);
  }
}
