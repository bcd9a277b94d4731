package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.gantry.runtime.ContainerUsage.DeviceIo;
import io.gantry.runtime.ContainerUsage.Faults;
import io.gantry.shim.proto.GroupV1;
import io.gantry.shim.proto.GroupV2;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ShimUsageTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
  private static final long ENDLESS_V1 = 9_223_372_036_854_771_712L;

  @Test
  void numbersOfTheFirstVersionAreUnderstood() {
    // Given
    var metrics =
        GroupV1.Metrics.newBuilder()
            .setCpu(
                GroupV1.CPUStat.newBuilder()
                    .setUsage(GroupV1.CPUUsage.newBuilder().setTotal(30).setUser(20).setKernel(10)))
            .setMemory(
                GroupV1.MemoryStat.newBuilder()
                    .setUsage(
                        GroupV1.MemoryEntry.newBuilder()
                            .setUsage(1000)
                            .setMax(2000)
                            .setLimit(4000)
                            .setFailcnt(3))
                    .setSwap(GroupV1.MemoryEntry.newBuilder().setUsage(1500).setLimit(ENDLESS_V1))
                    .setTotalInactiveFile(400)
                    .setTotalRss(500)
                    .setTotalPgFault(7)
                    .setTotalPgMajFault(2))
            .setPids(GroupV1.PidsStat.newBuilder().setCurrent(4))
            .setBlkio(
                GroupV1.BlkIOStat.newBuilder()
                    .addIoServiceBytesRecursive(io("Read", 100))
                    .addIoServiceBytesRecursive(io("Write", 200))
                    .addIoServicedRecursive(io("Read", 1))
                    .addIoServicedRecursive(io("Write", 2)))
            .build();

    // When
    var usage = ShimUsage.of(any("io.containerd.cgroups.v1.Metrics", metrics.toByteString()), AT);

    // Then
    assertThat(usage.at()).isEqualTo(AT);
    assertThat(usage.cpu().nanos()).isEqualTo(30);
    assertThat(usage.cpu().systemNanos()).isEqualTo(10);
    assertThat(usage.memory().workingSet()).isEqualTo(600);
    assertThat(usage.memory().limit()).hasValue(4000);
    assertThat(usage.memory().limitHits()).isEqualTo(3);
    assertThat(usage.memory().faults()).isEqualTo(new Faults(7, 2));
    assertThat(usage.swap().usage()).isEqualTo(500);
    assertThat(usage.swap().limit()).isEmpty();
    assertThat(usage.tasks().current()).isEqualTo(4);
    assertThat(usage.tasks().limit()).isEmpty();
    assertThat(usage.io()).containsExactly(new DeviceIo(8, 16, "/dev/sdb", 100, 200, 1, 2));
  }

  private static GroupV1.BlkIOEntry io(String operation, long value) {
    return GroupV1.BlkIOEntry.newBuilder()
        .setMajor(8)
        .setMinor(16)
        .setDevice("/dev/sdb")
        .setOp(operation)
        .setValue(value)
        .build();
  }

  @Test
  void numbersOfTheSecondVersionAreUnderstood() {
    // Given
    var metrics =
        GroupV2.Metrics.newBuilder()
            .setCpu(GroupV2.CPUStat.newBuilder().setUsageUsec(5).setNrThrottled(1))
            .setMemory(
                GroupV2.MemoryStat.newBuilder()
                    .setUsage(1000)
                    .setInactiveFile(100)
                    .setUsageLimit(-1)
                    .setPsi(
                        GroupV2.PSIStats.newBuilder()
                            .setSome(GroupV2.PSIData.newBuilder().setTotal(9).setAvg10(1.5))))
            .setMemoryEvents(GroupV2.MemoryEvents.newBuilder().setOomKill(2))
            .setPids(GroupV2.PidsStat.newBuilder().setCurrent(1).setLimit(10))
            .setIo(
                GroupV2.IOStat.newBuilder()
                    .addUsage(GroupV2.IOEntry.newBuilder().setMajor(8).setRbytes(7).setWios(3)))
            .build();

    // When
    var usage =
        ShimUsage.of(
            any("types.example/io.containerd.cgroups.v2.Metrics", metrics.toByteString()), AT);

    // Then
    assertThat(usage.cpu().nanos()).isEqualTo(5000);
    assertThat(usage.cpu().throttledPeriods()).isEqualTo(1);
    assertThat(usage.cpu().pressure()).isEmpty();
    assertThat(usage.memory().workingSet()).isEqualTo(900);
    assertThat(usage.memory().limit()).isEmpty();
    assertThat(usage.memory().peak()).isEmpty();
    assertThat(usage.memory().oomKills()).isEqualTo(2);
    assertThat(usage.memory().pressure().orElseThrow().some().totalNanos()).isEqualTo(9000);
    assertThat(usage.tasks().limit()).hasValue(10);
    assertThat(usage.io()).containsExactly(new DeviceIo(8, 0, "", 7, 0, 0, 3));
  }

  @Test
  void limitOfMemoryThatNobodyTellsIsNone() {
    // Given
    var v1 = GroupV1.Metrics.newBuilder().setMemory(GroupV1.MemoryStat.newBuilder()).build();
    var v2 = GroupV2.Metrics.newBuilder().setMemory(GroupV2.MemoryStat.newBuilder()).build();

    // When
    var first = ShimUsage.of(any("io.containerd.cgroups.v1.Metrics", v1.toByteString()), AT);
    var second = ShimUsage.of(any("io.containerd.cgroups.v2.Metrics", v2.toByteString()), AT);

    // Then
    assertThat(first.memory().limit()).isEmpty();
    assertThat(first.swap().limit()).isEmpty();
    assertThat(second.memory().limit()).isEmpty();
  }

  @Test
  void whatIsNeitherIsRefused() {
    assertThatThrownBy(() -> ShimUsage.of(any("else", ByteString.EMPTY), AT))
        .hasMessageStartingWith("stats: 'else' (expected: ");
    assertThatThrownBy(
            () ->
                ShimUsage.of(
                    any(
                        "io.containerd.cgroups.v2.Metrics",
                        ByteString.copyFrom(new byte[] {(byte) 0xff})),
                    AT))
        .hasMessage("stats: unreadable");
  }

  private static Any any(String type, ByteString value) {
    return Any.newBuilder().setTypeUrl(type).setValue(value).build();
  }
}
