package io.gantry.cri;

import io.gantry.container.Container;
import io.gantry.container.ContainerConfig;
import io.gantry.container.ContainerState.Created;
import io.gantry.container.ContainerState.Creating;
import io.gantry.container.ContainerState.Exited;
import io.gantry.container.ContainerState.Running;
import io.gantry.container.Containers;
import io.gantry.container.Identity;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ContainerResources;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ContainerStatus;
import io.gantry.cri.proto.ContainerUser;
import io.gantry.cri.proto.HugepageLimit;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.LinuxContainerUser;
import io.gantry.cri.proto.Mount;
import io.gantry.cri.proto.MountPropagation;
import io.gantry.cri.proto.Signal;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.Resources;
import java.util.Arrays;
import java.util.List;

/** Containers in the CRI's words. */
final class ContainerAnswers {
  private final Containers containers;

  ContainerAnswers(Containers containers) {
    this.containers = containers;
  }

  List<ContainerStatus> statusesIn(SandboxId sandbox) {
    return containers.list().stream()
        .filter(container -> container.sandbox().equals(sandbox))
        .map(ContainerAnswers::status)
        .toList();
  }

  static io.gantry.cri.proto.Container item(Container container) {
    var config = container.config();
    return io.gantry.cri.proto.Container.newBuilder()
        .setId(container.id().value())
        .setPodSandboxId(container.sandbox().value())
        .setMetadata(metadata(config))
        .setImage(image(config))
        .setImageRef(container.image().value())
        .setImageId(container.image().value())
        .setState(state(container))
        .setCreatedAt(Times.nanos(container.createdAt()))
        .putAllLabels(config.labels())
        .putAllAnnotations(config.annotations())
        .build();
  }

  static ContainerStatus status(Container container) {
    var config = container.config();
    var status =
        ContainerStatus.newBuilder()
            .setId(container.id().value())
            .setMetadata(metadata(config))
            .setState(state(container))
            .setCreatedAt(Times.nanos(container.createdAt()))
            .setImage(image(config))
            .setImageRef(container.imageRef())
            .setImageId(container.image().value())
            .putAllLabels(config.labels())
            .putAllAnnotations(config.annotations())
            .setLogPath(container.logFile())
            .setStopSignal(stopSignal(container.stopSignalName()))
            .setResources(ContainerResources.newBuilder().setLinux(resources(config.resources())));
    config.mounts().forEach(volume -> status.addMounts(mount(volume)));
    container.identity().ifPresent(identity -> status.setUser(user(identity)));
    switch (container.state()) {
      case Creating _, Created _ -> {}
      case Running(var since, _) -> status.setStartedAt(Times.nanos(since));
      case Exited exited -> {
        exited.since().ifPresent(since -> status.setStartedAt(Times.nanos(since)));
        status
            .setFinishedAt(Times.nanos(exited.at()))
            .setExitCode(exited.code())
            .setReason(exited.reason())
            .setMessage(exited.message());
      }
    }
    return status.build();
  }

  /** The CRI writes SIGRTMINPLUS3 for what is called SIGRTMIN+3, and leaves a few signals out. */
  static Signal stopSignal(String name) {
    var word = "SIGNAL_" + name.replace("+", "PLUS").replace("-", "MINUS");
    return Arrays.stream(Signal.values())
        .filter(signal -> signal.name().equals(word))
        .findFirst()
        .orElse(Signal.SIGNAL_RUNTIME_DEFAULT);
  }

  static ContainerState state(Container container) {
    return switch (container.state()) {
      case Creating _, Created _ -> ContainerState.CONTAINER_CREATED;
      case Running _ -> ContainerState.CONTAINER_RUNNING;
      case Exited _ -> ContainerState.CONTAINER_EXITED;
    };
  }

  private static ContainerUser user(Identity identity) {
    return ContainerUser.newBuilder()
        .setLinux(
            LinuxContainerUser.newBuilder()
                .setUid(identity.user())
                .setGid(identity.group())
                .addAllSupplementalGroups(identity.groups()))
        .build();
  }

  static ContainerMetadata metadata(ContainerConfig config) {
    return ContainerMetadata.newBuilder()
        .setName(config.name())
        .setAttempt(config.attempt())
        .build();
  }

  static ImageSpec image(ContainerConfig config) {
    return ImageSpec.newBuilder()
        .setImage(config.imageName().isEmpty() ? config.image() : config.imageName())
        .setUserSpecifiedImage(config.imageName())
        .build();
  }

  /** Only what was asked for, by the host path that was given: the kubelet looks it up by these. */
  static Mount mount(ContainerConfig.Volume volume) {
    var cri =
        Mount.newBuilder()
            .setContainerPath(volume.containerPath())
            .setHostPath(volume.hostPath())
            .setReadonly(volume.readonly())
            .setRecursiveReadOnly(volume.recursiveReadOnly())
            .setSelinuxRelabel(volume.relabelled())
            .addAllMountOptions(volume.options())
            .setPropagation(
                switch (volume.propagation()) {
                  case "rslave" -> MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
                  case "rshared" -> MountPropagation.PROPAGATION_BIDIRECTIONAL;
                  default -> MountPropagation.PROPAGATION_PRIVATE;
                });
    volume
        .owners()
        .ifPresent(
            ids ->
                cri.addAllUidMappings(UserNamespaces.theirs(ids.uids()))
                    .addAllGidMappings(UserNamespaces.theirs(ids.gids())));
    volume
        .image()
        .ifPresent(
            source ->
                cri.setImage(
                        ImageSpec.newBuilder()
                            .setImage(source.name())
                            .setImageRef(source.resolved()))
                    .setImageSubPath(source.subPath()));
    return cri.build();
  }

  static LinuxContainerResources resources(Resources own) {
    var cri =
        LinuxContainerResources.newBuilder()
            .setCpuPeriod(own.cpuPeriodMicros())
            .setCpuQuota(own.cpuQuotaMicros())
            .setCpuShares(own.cpuShares())
            .setMemoryLimitInBytes(own.memoryBytes())
            .setMemorySwapLimitInBytes(own.memorySwapBytes())
            .setOomScoreAdj(own.oomScoreAdj())
            .setCpusetCpus(own.cpus())
            .setCpusetMems(own.mems())
            .putAllUnified(own.unified());
    own.hugepageBytes()
        .forEach(
            (size, limit) ->
                cri.addHugepageLimits(
                    HugepageLimit.newBuilder().setPageSize(size).setLimit(limit)));
    return cri.build();
  }
}
