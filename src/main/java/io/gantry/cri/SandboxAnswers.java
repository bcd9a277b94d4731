package io.gantry.cri;

import io.gantry.cri.proto.LinuxPodSandboxStatus;
import io.gantry.cri.proto.Namespace;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodIP;
import io.gantry.cri.proto.PodSandbox;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.PodSandboxNetworkStatus;
import io.gantry.cri.proto.PodSandboxState;
import io.gantry.cri.proto.PodSandboxStatus;
import io.gantry.sandbox.PodName;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.SandboxConfig.Sharing;

/** Sandboxes in the CRI's words. */
final class SandboxAnswers {
  private SandboxAnswers() {}

  static PodSandbox item(Sandbox sandbox, String handler) {
    return PodSandbox.newBuilder()
        .setId(sandbox.id().value())
        .setMetadata(metadata(sandbox.config().pod()))
        .setState(state(sandbox))
        .setCreatedAt(Times.nanos(sandbox.createdAt()))
        .putAllLabels(sandbox.config().labels())
        .putAllAnnotations(sandbox.config().annotations())
        .setRuntimeHandler(handler)
        .build();
  }

  static PodSandboxStatus status(Sandbox sandbox, String handler) {
    var status =
        PodSandboxStatus.newBuilder()
            .setId(sandbox.id().value())
            .setMetadata(metadata(sandbox.config().pod()))
            .setState(state(sandbox))
            .setCreatedAt(Times.nanos(sandbox.createdAt()))
            .setNetwork(network(sandbox))
            .putAllLabels(sandbox.config().labels())
            .putAllAnnotations(sandbox.config().annotations())
            .setRuntimeHandler(handler);
    status.setLinux(
        LinuxPodSandboxStatus.newBuilder()
            .setNamespaces(Namespace.newBuilder().setOptions(options(sandbox.config().sharing()))));
    return status.build();
  }

  private static PodSandboxNetworkStatus network(Sandbox sandbox) {
    var network = PodSandboxNetworkStatus.newBuilder();
    var ips = sandbox.ips();
    if (!ips.isEmpty()) {
      network.setIp(ips.getFirst());
      ips.stream().skip(1).forEach(ip -> network.addAdditionalIps(PodIP.newBuilder().setIp(ip)));
    }
    return network.build();
  }

  static NamespaceOption options(Sharing sharing) {
    return NamespaceOption.newBuilder()
        .setNetwork(SandboxRequests.mode(sharing.hostNetwork()))
        .setIpc(SandboxRequests.mode(sharing.hostIpc()))
        .setPid(
            switch (sharing.pid()) {
              case POD -> NamespaceMode.POD;
              case CONTAINER -> NamespaceMode.CONTAINER;
              case NODE -> NamespaceMode.NODE;
            })
        .setUsernsOptions(UserNamespaces.answer(sharing.users()))
        .build();
  }

  static PodSandboxMetadata metadata(PodName pod) {
    return PodSandboxMetadata.newBuilder()
        .setName(pod.name())
        .setNamespace(pod.namespace())
        .setUid(pod.uid())
        .setAttempt(pod.attempt())
        .build();
  }

  static PodSandboxState state(Sandbox sandbox) {
    return sandbox.ready() ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
  }
}
