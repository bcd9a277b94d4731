package io.gantry.stats;

import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.Cpu;
import io.gantry.runtime.ContainerUsage.DeviceIo;
import io.gantry.runtime.ContainerUsage.Faults;
import io.gantry.runtime.ContainerUsage.Hugepages;
import io.gantry.runtime.ContainerUsage.Memory;
import io.gantry.runtime.ContainerUsage.Pressure;
import io.gantry.runtime.ContainerUsage.Stall;
import io.gantry.runtime.ContainerUsage.Swap;
import io.gantry.runtime.ContainerUsage.Tasks;
import io.gantry.runtime.PodUsage;
import io.gantry.runtime.PodUsage.Counters;
import io.gantry.runtime.PodUsage.Interface;
import io.gantry.runtime.PodUsage.Network;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Numbers for tests: everything a kernel may tell. */
public final class Usages {
  private static final Pressure PRESSURE =
      new Pressure(new Stall(3_000_000_000L, 1, 2, 3), new Stall(1_000_000_000L, 0, 0, 0));

  private Usages() {}

  public static ContainerUsage everything(Instant at, long cpuNanos) {
    return new ContainerUsage(
        at,
        new Cpu(cpuNanos, cpuNanos / 2, cpuNanos / 2, 10, 3, 2_500_000_000L, Optional.of(PRESSURE)),
        new Memory(
            1000,
            900,
            OptionalLong.empty(),
            OptionalLong.of(4000),
            400,
            600,
            20,
            30,
            new Faults(11, 3),
            5,
            2,
            Optional.of(PRESSURE)),
        new Swap(50, OptionalLong.of(80)),
        new Tasks(9, OptionalLong.of(100)),
        List.of(new DeviceIo(8, 0, "/dev/sda", 10, 20, 1, 2)),
        Optional.of(PRESSURE),
        List.of(new Hugepages("2MB", 2 << 20, OptionalLong.empty())));
  }

  public static PodUsage pod(Instant at, long cpuNanos) {
    return new PodUsage(
        Optional.of(everything(at, cpuNanos)),
        Optional.of(
            new Network(
                at,
                Optional.of("eth0"),
                List.of(
                    new Interface("net1", new Counters(1, 2, 3, 4), new Counters(5, 6, 7, 8)),
                    new Interface(
                        "eth0", new Counters(10, 20, 30, 40), new Counters(50, 60, 70, 80))))));
  }
}
