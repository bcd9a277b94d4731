package io.gantry.sandbox;

import io.gantry.ids.IdMappings;
import io.gantry.network.Attach;
import io.gantry.security.Profile;
import io.gantry.security.SelinuxOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A pod as the kubelet asked for it. Obeyed; echoed byte for byte where the CRI says so.
 *
 * @param hostname empty for the host's own
 * @param logDirectory below which its containers' logs lie; may be empty
 * @param labels echoed
 * @param annotations echoed, and told to network plugins that ask for them; those for bandwidth
 *     limit the pod's own interface
 * @param cgroupParent empty for a group of the pod's own
 * @param sysctls by dotted names
 * @param seccomp of a process of the pod's own; empty for none
 * @param appArmor of the same; empty for the default where the host has AppArmor
 * @param overhead what the pod takes beside its containers
 * @param resources what its containers are to have together
 * @param selinux of its containers that ask for nothing themselves, and of a process of its own
 */
public record SandboxConfig(
    PodName pod,
    String hostname,
    String logDirectory,
    Dns dns,
    List<Attach.PortMapping> ports,
    Map<String, String> labels,
    Map<String, String> annotations,
    String cgroupParent,
    Map<String, String> sysctls,
    Sharing sharing,
    boolean privileged,
    Optional<Profile> seccomp,
    Optional<Profile> appArmor,
    Resources overhead,
    Resources resources,
    Optional<SelinuxOptions> selinux) {
  public SandboxConfig {
    overhead = Objects.requireNonNullElse(overhead, Resources.NONE); // an older record has none
    resources = Objects.requireNonNullElse(resources, Resources.NONE);
  }

  /** With the labels that the policy has. */
  public SandboxConfig(
      PodName pod,
      String hostname,
      String logDirectory,
      Dns dns,
      List<Attach.PortMapping> ports,
      Map<String, String> labels,
      Map<String, String> annotations,
      String cgroupParent,
      Map<String, String> sysctls,
      Sharing sharing,
      boolean privileged,
      Optional<Profile> seccomp,
      Optional<Profile> appArmor,
      Resources overhead,
      Resources resources) {
    this(
        pod,
        hostname,
        logDirectory,
        dns,
        ports,
        labels,
        annotations,
        cgroupParent,
        sysctls,
        sharing,
        privileged,
        seccomp,
        appArmor,
        overhead,
        resources,
        Optional.empty());
  }

  /** The same pod with other limits. */
  SandboxConfig limited(Resources overhead, Resources resources) {
    return new SandboxConfig(
        pod,
        hostname,
        logDirectory,
        dns,
        ports,
        labels,
        annotations,
        cgroupParent,
        sysctls,
        sharing,
        privileged,
        seccomp,
        appArmor,
        overhead,
        resources,
        selinux);
  }

  /** The pod's resolver configuration; all empty for a copy of the host's. */
  public record Dns(List<String> servers, List<String> searches, List<String> options) {
    public boolean isEmpty() {
      return servers.isEmpty() && searches.isEmpty() && options.isEmpty();
    }
  }

  /**
   * Which namespaces are whose.
   *
   * @param users the ids of the pod's own user namespace; empty for the host's
   */
  public record Sharing(boolean hostNetwork, boolean hostIpc, Pid pid, Optional<IdMappings> users) {
    /** With the host's users. */
    public Sharing(boolean hostNetwork, boolean hostIpc, Pid pid) {
      this(hostNetwork, hostIpc, pid, Optional.empty());
    }

    /** CRI {@code NamespaceMode} of the PID namespace. */
    public enum Pid {
      /** One for the pod. */
      POD,
      /** One for each container: the kubelet's default. */
      CONTAINER,
      /** The host's. */
      NODE
    }
  }
}
