package io.gantry.cri;

import io.gantry.container.Container;
import io.gantry.cri.proto.ContainerAttributes;
import io.gantry.cri.proto.ContainerStats;
import io.gantry.cri.proto.CpuUsage;
import io.gantry.cri.proto.FilesystemIdentifier;
import io.gantry.cri.proto.FilesystemUsage;
import io.gantry.cri.proto.IoUsage;
import io.gantry.cri.proto.LinuxPodSandboxStats;
import io.gantry.cri.proto.MemoryUsage;
import io.gantry.cri.proto.NetworkInterfaceUsage;
import io.gantry.cri.proto.NetworkUsage;
import io.gantry.cri.proto.PodSandboxAttributes;
import io.gantry.cri.proto.PodSandboxStats;
import io.gantry.cri.proto.ProcessUsage;
import io.gantry.cri.proto.PsiData;
import io.gantry.cri.proto.PsiStats;
import io.gantry.cri.proto.SwapUsage;
import io.gantry.cri.proto.UInt64Value;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.Pressure;
import io.gantry.runtime.ContainerUsage.Stall;
import io.gantry.runtime.PodUsage;
import io.gantry.sandbox.Sandbox;
import io.gantry.stats.ContainerNumbers;
import io.gantry.stats.PodNumbers;
import io.gantry.stats.WrittenFiles;
import java.util.OptionalLong;

/** Numbers in the CRI's words. What cannot be told is not set. */
final class StatsAnswers {
  private StatsAnswers() {}

  static ContainerStats container(ContainerNumbers numbers) {
    var stats = ContainerStats.newBuilder().setAttributes(attributes(numbers.container()));
    numbers
        .usage()
        .ifPresent(
            usage -> {
              stats
                  .setCpu(cpu(usage, numbers.cpuNanosASecond()))
                  .setMemory(memory(usage))
                  .setSwap(swap(usage));
              if (usage.ioPressure().isPresent()) {
                stats.setIo(io(usage));
              }
            });
    numbers.written().ifPresent(written -> stats.setWritableLayer(files(written)));
    return stats.build();
  }

  static PodSandboxStats pod(PodNumbers numbers) {
    var linux = LinuxPodSandboxStats.newBuilder();
    numbers
        .usage()
        .flatMap(PodUsage::all)
        .ifPresent(
            all -> {
              linux
                  .setCpu(cpu(all, numbers.cpuNanosASecond()))
                  .setMemory(memory(all))
                  .setProcess(processes(all));
              if (all.ioPressure().isPresent()) {
                linux.setIo(io(all));
              }
            });
    numbers
        .usage()
        .flatMap(PodUsage::network)
        .ifPresent(network -> linux.setNetwork(network(network)));
    numbers.containers().forEach(container -> linux.addContainers(container(container)));
    return PodSandboxStats.newBuilder()
        .setAttributes(attributes(numbers.sandbox()))
        .setLinux(linux)
        .build();
  }

  private static ContainerAttributes attributes(Container container) {
    var config = container.config();
    return ContainerAttributes.newBuilder()
        .setId(container.id().value())
        .setMetadata(ContainerAnswers.metadata(config))
        .putAllLabels(config.labels())
        .putAllAnnotations(config.annotations())
        .build();
  }

  private static PodSandboxAttributes attributes(Sandbox sandbox) {
    var config = sandbox.config();
    return PodSandboxAttributes.newBuilder()
        .setId(sandbox.id().value())
        .setMetadata(SandboxAnswers.metadata(config.pod()))
        .putAllLabels(config.labels())
        .putAllAnnotations(config.annotations())
        .build();
  }

  private static CpuUsage cpu(ContainerUsage usage, OptionalLong rate) {
    var cpu =
        CpuUsage.newBuilder()
            .setTimestamp(Times.nanos(usage.at()))
            .setUsageCoreNanoSeconds(number(usage.cpu().nanos()));
    rate.ifPresent(nanos -> cpu.setUsageNanoCores(number(nanos)));
    usage.cpu().pressure().ifPresent(pressure -> cpu.setPsi(psi(pressure)));
    return cpu.build();
  }

  private static MemoryUsage memory(ContainerUsage usage) {
    var read = usage.memory();
    var memory =
        MemoryUsage.newBuilder()
            .setTimestamp(Times.nanos(usage.at()))
            .setUsageBytes(number(read.usage()))
            .setWorkingSetBytes(number(read.workingSet()))
            .setRssBytes(number(read.rss()))
            .setPageFaults(number(read.faults().all()))
            .setMajorPageFaults(number(read.faults().major()));
    read.limit().ifPresent(limit -> memory.setAvailableBytes(left(limit, read.workingSet())));
    read.pressure().ifPresent(pressure -> memory.setPsi(psi(pressure)));
    return memory.build();
  }

  private static SwapUsage swap(ContainerUsage usage) {
    var read = usage.swap();
    var swap =
        SwapUsage.newBuilder()
            .setTimestamp(Times.nanos(usage.at()))
            .setSwapUsageBytes(number(read.usage()));
    read.limit().ifPresent(limit -> swap.setSwapAvailableBytes(left(limit, read.usage())));
    return swap.build();
  }

  private static IoUsage io(ContainerUsage usage) {
    var io = IoUsage.newBuilder().setTimestamp(Times.nanos(usage.at()));
    usage.ioPressure().ifPresent(pressure -> io.setPsi(psi(pressure)));
    return io.build();
  }

  private static PsiStats psi(Pressure pressure) {
    return PsiStats.newBuilder()
        .setSome(psi(pressure.some()))
        .setFull(psi(pressure.full()))
        .build();
  }

  private static PsiData psi(Stall stall) {
    return PsiData.newBuilder()
        .setTotal(stall.totalNanos())
        .setAvg10(stall.average10())
        .setAvg60(stall.average60())
        .setAvg300(stall.average300())
        .build();
  }

  private static ProcessUsage processes(ContainerUsage usage) {
    return ProcessUsage.newBuilder()
        .setTimestamp(Times.nanos(usage.at()))
        .setProcessCount(number(usage.tasks().current()))
        .build();
  }

  private static FilesystemUsage files(WrittenFiles written) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(Times.nanos(written.at()))
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(written.mountpoint().toString()))
        .setUsedBytes(number(written.bytes()))
        .setInodesUsed(number(written.inodes()))
        .build();
  }

  private static NetworkUsage network(PodUsage.Network network) {
    var usage = NetworkUsage.newBuilder().setTimestamp(Times.nanos(network.at()));
    for (var device : network.interfaces()) {
      if (network.defaultInterface().filter(device.name()::equals).isPresent()) {
        usage.setDefaultInterface(device(device));
      } else {
        usage.addInterfaces(device(device));
      }
    }
    return usage.build();
  }

  private static NetworkInterfaceUsage device(PodUsage.Interface device) {
    return NetworkInterfaceUsage.newBuilder()
        .setName(device.name())
        .setRxBytes(number(device.received().bytes()))
        .setRxErrors(number(device.received().errors()))
        .setTxBytes(number(device.sent().bytes()))
        .setTxErrors(number(device.sent().errors()))
        .build();
  }

  private static UInt64Value left(long limit, long used) {
    return number(Math.max(0, limit - used));
  }

  private static UInt64Value number(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}
