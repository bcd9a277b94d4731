package io.gantry.cri;

import com.google.protobuf.ByteString;
import io.gantry.container.ContainerConfig;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.cri.proto.CDIDevice;
import io.gantry.cri.proto.Capability;
import io.gantry.cri.proto.DNSConfig;
import io.gantry.cri.proto.Device;
import io.gantry.cri.proto.Int64Value;
import io.gantry.cri.proto.KeyValue;
import io.gantry.cri.proto.LinuxContainerConfig;
import io.gantry.cri.proto.LinuxContainerSecurityContext;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PortMapping;
import io.gantry.cri.proto.Protocol;
import io.gantry.cri.proto.SELinuxOption;
import io.gantry.cri.proto.SecurityProfile;
import io.gantry.cri.proto.SecurityProfile.ProfileType;
import io.gantry.cri.proto.SupplementalGroupsPolicy;
import io.gantry.network.Attach;
import io.gantry.sandbox.SandboxConfig;
import io.gantry.security.Profile;
import io.gantry.security.SelinuxOptions;
import java.util.Locale;

/** What was asked for, in the CRI's words again: for a verbose status. */
final class Echo {
  private Echo() {}

  static PodSandboxConfig of(SandboxConfig config) {
    var security =
        LinuxSandboxSecurityContext.newBuilder()
            .setNamespaceOptions(SandboxAnswers.options(config.sharing()))
            .setPrivileged(config.privileged());
    config.seccomp().ifPresent(profile -> security.setSeccomp(of(profile)));
    config.appArmor().ifPresent(profile -> security.setApparmor(of(profile)));
    config.selinux().ifPresent(options -> security.setSelinuxOptions(of(options)));
    var cri =
        PodSandboxConfig.newBuilder()
            .setMetadata(SandboxAnswers.metadata(config.pod()))
            .setHostname(config.hostname())
            .setLogDirectory(config.logDirectory())
            .setDnsConfig(
                DNSConfig.newBuilder()
                    .addAllServers(config.dns().servers())
                    .addAllSearches(config.dns().searches())
                    .addAllOptions(config.dns().options()))
            .putAllLabels(config.labels())
            .putAllAnnotations(config.annotations())
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setCgroupParent(config.cgroupParent())
                    .setSecurityContext(security)
                    .putAllSysctls(config.sysctls())
                    .setOverhead(ContainerAnswers.resources(config.overhead()))
                    .setResources(ContainerAnswers.resources(config.resources())));
    config.ports().forEach(port -> cri.addPortMappings(of(port)));
    return cri.build();
  }

  private static PortMapping of(Attach.PortMapping port) {
    return PortMapping.newBuilder()
        .setProtocol(Protocol.valueOf(port.protocol().toUpperCase(Locale.ROOT)))
        .setContainerPort(port.containerPort())
        .setHostPort(port.hostPort())
        .setHostIp(port.hostIp())
        .build();
  }

  static io.gantry.cri.proto.ContainerConfig of(ContainerConfig config) {
    var cri =
        io.gantry.cri.proto.ContainerConfig.newBuilder()
            .setMetadata(ContainerAnswers.metadata(config))
            .setImage(ContainerAnswers.image(config))
            .addAllCommand(config.command())
            .addAllArgs(config.args())
            .setWorkingDir(config.workingDir())
            .putAllLabels(config.labels())
            .putAllAnnotations(config.annotations())
            .setLogPath(config.logPath())
            .setStdin(config.stdin())
            .setStdinOnce(config.stdinOnce())
            .setTty(config.terminal())
            .setStopSignal(ContainerAnswers.stopSignal(config.stopSignal()))
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(ContainerAnswers.resources(config.resources()))
                    .setSecurityContext(of(config.security())));
    config.env().forEach(variable -> cri.addEnvs(of(variable)));
    config.mounts().forEach(volume -> cri.addMounts(ContainerAnswers.mount(volume)));
    config.devices().forEach(device -> cri.addDevices(of(device)));
    config.cdiDevices().forEach(name -> cri.addCDIDevices(CDIDevice.newBuilder().setName(name)));
    return cri.build();
  }

  private static KeyValue of(ContainerConfig.Variable variable) {
    return KeyValue.newBuilder()
        .setKey(variable.name())
        .setValue(ByteString.copyFromUtf8(variable.value()))
        .build();
  }

  private static Device of(ContainerConfig.HostDevice device) {
    return Device.newBuilder()
        .setContainerPath(device.containerPath())
        .setHostPath(device.hostPath())
        .setPermissions(device.permissions())
        .build();
  }

  private static LinuxContainerSecurityContext of(Security security) {
    var cri =
        LinuxContainerSecurityContext.newBuilder()
            .setCapabilities(
                Capability.newBuilder()
                    .addAllAddCapabilities(security.capabilitiesAdded())
                    .addAllDropCapabilities(security.capabilitiesDropped())
                    .addAllAddAmbientCapabilities(security.capabilitiesAmbient()))
            .setPrivileged(security.privileged())
            .setNamespaceOptions(namespaces(security))
            .setRunAsUsername(security.username())
            .setReadonlyRootfs(security.readonlyRootfs())
            .addAllSupplementalGroups(security.supplementalGroups())
            .setSupplementalGroupsPolicy(
                security.groupsMerged()
                    ? SupplementalGroupsPolicy.Merge
                    : SupplementalGroupsPolicy.Strict)
            .setNoNewPrivs(security.noNewPrivileges())
            .addAllMaskedPaths(security.maskedPaths())
            .addAllReadonlyPaths(security.readonlyPaths());
    security.user().ifPresent(user -> cri.setRunAsUser(number(user)));
    security.group().ifPresent(group -> cri.setRunAsGroup(number(group)));
    security.seccomp().ifPresent(profile -> cri.setSeccomp(of(profile)));
    security.appArmor().ifPresent(profile -> cri.setApparmor(of(profile)));
    security.selinux().ifPresent(options -> cri.setSelinuxOptions(of(options)));
    return cri.build();
  }

  private static NamespaceOption namespaces(Security security) {
    return NamespaceOption.newBuilder()
        .setPid(
            switch (security.pid()) {
              case POD -> NamespaceMode.POD;
              case CONTAINER -> NamespaceMode.CONTAINER;
              case NODE -> NamespaceMode.NODE;
              case TARGET -> NamespaceMode.TARGET;
            })
        .setTargetId(security.pidTarget())
        .build();
  }

  private static Int64Value number(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }

  private static SELinuxOption of(SelinuxOptions options) {
    return SELinuxOption.newBuilder()
        .setUser(options.user())
        .setRole(options.role())
        .setType(options.type())
        .setLevel(options.level())
        .build();
  }

  private static SecurityProfile of(Profile profile) {
    return SecurityProfile.newBuilder()
        .setProfileType(
            switch (profile.kind()) {
              case RUNTIME_DEFAULT -> ProfileType.RuntimeDefault;
              case UNCONFINED -> ProfileType.Unconfined;
              case LOCALHOST -> ProfileType.Localhost;
            })
        .setLocalhostRef(profile.reference())
        .build();
  }
}
