package io.gantry.cri;

import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PortMapping;
import io.gantry.cri.proto.Protocol;
import io.gantry.errors.RuntimeFault;
import io.gantry.network.Attach;
import io.gantry.sandbox.PodName;
import io.gantry.sandbox.SandboxConfig;
import io.gantry.sandbox.SandboxConfig.Dns;
import io.gantry.sandbox.SandboxConfig.Sharing;
import java.util.Locale;
import java.util.Map;

/** The CRI's words for a pod, turned into the sandbox's. What is not supported is refused here. */
final class SandboxRequests {
  private SandboxRequests() {}

  static SandboxConfig config(PodSandboxConfig cri) {
    var metadata = cri.getMetadata();
    var linux = cri.getLinux();
    var security = linux.getSecurityContext();
    var sharing = sharing(security.getNamespaceOptions());
    refuse(cri, sharing);
    return new SandboxConfig(
        new PodName(
            metadata.getNamespace(), metadata.getName(), metadata.getUid(), metadata.getAttempt()),
        cri.getHostname(),
        cri.getLogDirectory(),
        new Dns(
            cri.getDnsConfig().getServersList(),
            cri.getDnsConfig().getSearchesList(),
            cri.getDnsConfig().getOptionsList()),
        cri.getPortMappingsList().stream().map(SandboxRequests::port).toList(),
        Map.copyOf(cri.getLabelsMap()),
        Map.copyOf(cri.getAnnotationsMap()),
        linux.getCgroupParent(),
        Map.copyOf(linux.getSysctlsMap()),
        sharing,
        security.getPrivileged(),
        Profiles.seccomp(security),
        Profiles.appArmor(security),
        ContainerRequests.resources(linux.getOverhead()),
        ContainerRequests.resources(linux.getResources()),
        Profiles.selinux(security.getSelinuxOptions()));
  }

  private static Sharing sharing(NamespaceOption options) {
    return new Sharing(
        Refusal.host("network", options.getNetwork()),
        Refusal.host("ipc", options.getIpc()),
        switch (options.getPid()) {
          case POD -> Sharing.Pid.POD;
          case CONTAINER -> Sharing.Pid.CONTAINER;
          case NODE -> Sharing.Pid.NODE;
          case TARGET, UNRECOGNIZED ->
              throw Refusal.invalid(
                  "sandbox pid namespace", options.getPid(), "POD, CONTAINER or NODE");
        },
        UserNamespaces.ids(options));
  }

  /** The kernel gives no file systems of the host's namespaces to who does not own them. */
  private static void refuseUsers(Sharing sharing) {
    if (sharing.users().isPresent() && (sharing.hostIpc() || sharing.pid() == Sharing.Pid.NODE)) {
      throw RuntimeFault.invalid(
          "user namespace: of the pod's own with the host's "
              + (sharing.hostIpc() ? "ipc" : "pid")
              + " namespace (expected: one of the pod's own)");
    }
  }

  private static void refuse(PodSandboxConfig cri, Sharing sharing) {
    Refusal.when(cri.hasWindows(), "windows sandbox");
    refuseUsers(sharing);
    Refusal.sysctls(cri.getLinux().getSysctlsMap(), sharing.hostNetwork(), sharing.hostIpc());
    refuseLimits(cri.getLinux().getOverhead(), cri.getLinux().getResources());
  }

  /** Overhead and resources describe the pod's group, which the kubelet sets itself. */
  static void refuseLimits(LinuxContainerResources overhead, LinuxContainerResources resources) {
    Refusal.when(
        overhead.getUnifiedCount() + resources.getUnifiedCount() > 0,
        "unified cgroup values of a sandbox");
  }

  private static Attach.PortMapping port(PortMapping cri) {
    if (cri.getProtocol() == Protocol.UNRECOGNIZED
        || cri.getContainerPort() < 0
        || cri.getContainerPort() > 65535
        || cri.getHostPort() < 0
        || cri.getHostPort() > 65535) {
      throw Refusal.invalid("port mapping", cri, "ports from 0 to 65535, TCP, UDP or SCTP");
    }
    return new Attach.PortMapping(
        cri.getProtocol().name().toLowerCase(Locale.ROOT),
        cri.getContainerPort(),
        cri.getHostPort(),
        cri.getHostIp());
  }

  static NamespaceMode mode(boolean host) {
    return host ? NamespaceMode.NODE : NamespaceMode.POD;
  }
}
