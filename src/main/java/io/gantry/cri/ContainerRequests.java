package io.gantry.cri;

import com.google.protobuf.ByteString;
import io.gantry.container.ContainerConfig;
import io.gantry.container.ContainerConfig.HostDevice;
import io.gantry.container.ContainerConfig.Security;
import io.gantry.container.ContainerConfig.Variable;
import io.gantry.cri.proto.CDIDevice;
import io.gantry.cri.proto.HugepageLimit;
import io.gantry.cri.proto.KeyValue;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.LinuxContainerSecurityContext;
import io.gantry.cri.proto.Signal;
import io.gantry.cri.proto.SupplementalGroupsPolicy;
import io.gantry.errors.RuntimeFault;
import io.gantry.sandbox.Resources;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The CRI's words for a container, turned into ours. What is not supported is refused here. */
final class ContainerRequests {
  private ContainerRequests() {}

  static ContainerConfig config(io.gantry.cri.proto.ContainerConfig cri) {
    var security = cri.getLinux().getSecurityContext();
    refuse(cri, security);
    var metadata = cri.getMetadata();
    return new ContainerConfig(
        metadata.getName(),
        metadata.getAttempt(),
        cri.getImage().getImage(),
        cri.getImage().getUserSpecifiedImage(),
        cri.getCommandList(),
        cri.getArgsList(),
        cri.getWorkingDir(),
        cri.getEnvsList().stream().map(ContainerRequests::variable).toList(),
        cri.getMountsList().stream().map(MountRequests::volume).toList(),
        cri.getDevicesList().stream()
            .map(
                device ->
                    new HostDevice(
                        device.getContainerPath(),
                        device.getHostPath(),
                        device.getPermissions().isEmpty() ? "rwm" : device.getPermissions()))
            .toList(),
        Map.copyOf(cri.getLabelsMap()),
        Map.copyOf(cri.getAnnotationsMap()),
        cri.getLogPath(),
        cri.getStdin(),
        cri.getStdinOnce(),
        cri.getTty(),
        resources(cri.getLinux().getResources()),
        security(security),
        stopSignal(cri.getStopSignal()),
        cri.getCDIDevicesList().stream().map(CDIDevice::getName).toList());
  }

  private static void refuse(
      io.gantry.cri.proto.ContainerConfig cri, LinuxContainerSecurityContext security) {
    Refusal.when(cri.hasWindows(), "windows container");
    Refusal.when(
        security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.UNRECOGNIZED,
        "supplemental groups policy");
  }

  /** The bytes must be text: an OCI configuration is JSON, which holds nothing else. */
  private static Variable variable(KeyValue cri) {
    return new Variable(cri.getKey(), text(cri.getKey(), cri.getValue()));
  }

  private static String text(String name, ByteString value) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(value.toByteArray()))
          .toString();
    } catch (CharacterCodingException notText) {
      throw RuntimeFault.invalid("environment variable: " + name + " (expected: a value in UTF-8)");
    }
  }

  static Resources resources(LinuxContainerResources cri) {
    return new Resources(
        cri.getCpuPeriod(),
        cri.getCpuQuota(),
        cri.getCpuShares(),
        cri.getMemoryLimitInBytes(),
        cri.getMemorySwapLimitInBytes(),
        cri.getOomScoreAdj(),
        cri.getCpusetCpus(),
        cri.getCpusetMems(),
        cri.getHugepageLimitsList().stream()
            .collect(Collectors.toMap(HugepageLimit::getPageSize, HugepageLimit::getLimit)),
        Map.copyOf(cri.getUnifiedMap()));
  }

  private static Security security(LinuxContainerSecurityContext cri) {
    var capabilities = cri.getCapabilities();
    var options = cri.getNamespaceOptions();
    return new Security(
        cri.hasRunAsUser()
            ? Optional.of(id("run_as_user", cri.getRunAsUser().getValue()))
            : Optional.empty(),
        cri.getRunAsUsername(),
        cri.hasRunAsGroup()
            ? Optional.of(id("run_as_group", cri.getRunAsGroup().getValue()))
            : Optional.empty(),
        cri.getSupplementalGroupsList().stream()
            .map(group -> id("supplemental group", group))
            .toList(),
        cri.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Merge,
        cri.getPrivileged(),
        capabilities.getAddCapabilitiesList(),
        capabilities.getDropCapabilitiesList(),
        capabilities.getAddAmbientCapabilitiesList(),
        cri.getNoNewPrivs(),
        cri.getReadonlyRootfs(),
        cri.getMaskedPathsList(),
        cri.getReadonlyPathsList(),
        switch (options.getPid()) {
          case POD -> Security.Pid.POD;
          case CONTAINER -> Security.Pid.CONTAINER;
          case NODE -> Security.Pid.NODE;
          case TARGET -> Security.Pid.TARGET;
          case UNRECOGNIZED ->
              throw Refusal.invalid("pid namespace", options.getPidValue(), "0 to 3");
        },
        options.getTargetId(),
        Profiles.seccomp(cri),
        Profiles.appArmor(cri),
        Profiles.selinux(cri.getSelinuxOptions()));
  }

  private static long id(String what, long value) {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw Refusal.invalid(what, value, "0 to 2147483647");
    }
    return value;
  }

  private static String stopSignal(Signal cri) {
    return switch (cri) {
      case SIGNAL_RUNTIME_DEFAULT -> "";
      case UNRECOGNIZED -> throw Refusal.invalid("stop signal", cri, "a signal of the CRI");
      default -> realTime(cri.name().substring("SIGNAL_".length()));
    };
  }

  /** The CRI writes SIGRTMINPLUS3 for what is called SIGRTMIN+3. */
  private static String realTime(String name) {
    return name.replace("RTMINPLUS", "RTMIN+").replace("RTMAXMINUS", "RTMAX-");
  }
}
