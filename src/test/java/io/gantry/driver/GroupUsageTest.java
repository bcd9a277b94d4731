package io.gantry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.host.Cgroups.Version;
import io.gantry.runtime.ContainerUsage;
import io.gantry.runtime.ContainerUsage.DeviceIo;
import io.gantry.runtime.ContainerUsage.Hugepages;
import io.gantry.runtime.ContainerUsage.Pressure;
import io.gantry.runtime.ContainerUsage.Stall;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class GroupUsageTest {
  private static final Map<String, String> V2 =
      Map.ofEntries(
          Map.entry(
              "cpu.stat",
              """
              usage_usec 5000000
              user_usec 3000000
              system_usec 2000000
              nr_periods 40
              nr_throttled 7
              throttled_usec 900000
              """),
          Map.entry(
              "cpu.pressure",
              """
              some avg10=1.50 avg60=0.75 avg300=0.10 total=12345
              full avg10=0.00 avg60=0.00 avg300=0.00 total=45
              """),
          Map.entry("memory.current", "1000\n"),
          Map.entry("memory.peak", "3000\n"),
          Map.entry("memory.max", "4000\n"),
          Map.entry("memory.swap.current", "50\n"),
          Map.entry("memory.swap.max", "max\n"),
          Map.entry(
              "memory.stat",
              """
              anon 400
              file 600
              kernel 30
              file_mapped 20
              inactive_file 100
              pgfault 11
              pgmajfault 3
              """),
          Map.entry("memory.events", "low 0\nhigh 0\nmax 5\noom 1\noom_kill 2\n"),
          Map.entry("pids.current", "9\n"),
          Map.entry("pids.max", "max\n"),
          Map.entry(
              "io.stat",
              "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n"
                  + "253:1 rbytes=5 wbytes=0 rios=4 wios=0 dbytes=0 dios=0\n7:0 \n"),
          Map.entry("hugetlb.2MB.current", "2097152\n"));

  private static final Map<String, String> V1 =
      Map.ofEntries(
          Map.entry("cpuacct.usage", "5000000000\n"),
          Map.entry("cpuacct.usage_user", "3000000000\n"),
          Map.entry("cpuacct.usage_sys", "2000000000\n"),
          Map.entry("cpu.stat", "nr_periods 40\nnr_throttled 7\nthrottled_time 900000000\n"),
          Map.entry("memory.usage_in_bytes", "1000\n"),
          Map.entry("memory.max_usage_in_bytes", "3000\n"),
          Map.entry("memory.limit_in_bytes", "4000\n"),
          Map.entry("memory.memsw.limit_in_bytes", "5000\n"),
          Map.entry("memory.kmem.usage_in_bytes", "30\n"),
          Map.entry("memory.failcnt", "5\n"),
          Map.entry(
              "memory.stat",
              """
              cache 1
              total_cache 600
              total_rss 400
              total_mapped_file 20
              total_swap 50
              total_pgfault 11
              total_pgmajfault 3
              total_inactive_file 100
              """),
          Map.entry("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
          Map.entry("pids.current", "9\n"),
          Map.entry("pids.max", "100\n"),
          Map.entry(
              "blkio.throttle.io_service_bytes_recursive",
              "8:0 Read 10\n8:0 Write 20\n8:0 Sync 30\n8:0 Total 30\nTotal 30\n"),
          Map.entry(
              "blkio.throttle.io_serviced_recursive",
              "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n"),
          Map.entry("hugetlb.2MB.usage_in_bytes", "2097152\n"),
          Map.entry("hugetlb.2MB.max_usage_in_bytes", "4194304\n"));

  private static final Map<String, String> NAMES = Map.of("8:0", "/dev/sda");

  @Test
  void bothVersionsTellTheSameOfTheSame() {
    // When
    var v1 = usage(Version.V1, V1);
    var v2 = usage(Version.V2, V2);

    // Then
    for (var usage : List.of(v1, v2)) {
      assertThat(usage.cpu().nanos()).isEqualTo(5_000_000_000L);
      assertThat(usage.cpu().userNanos()).isEqualTo(3_000_000_000L);
      assertThat(usage.cpu().systemNanos()).isEqualTo(2_000_000_000L);
      assertThat(usage.cpu().periods()).isEqualTo(40);
      assertThat(usage.cpu().throttledPeriods()).isEqualTo(7);
      assertThat(usage.cpu().throttledNanos()).isEqualTo(900_000_000L);
      assertThat(usage.memory().usage()).isEqualTo(1000);
      assertThat(usage.memory().workingSet()).isEqualTo(900);
      assertThat(usage.memory().peak()).hasValue(3000);
      assertThat(usage.memory().limit()).hasValue(4000);
      assertThat(usage.memory().rss()).isEqualTo(400);
      assertThat(usage.memory().cache()).isEqualTo(600);
      assertThat(usage.memory().mappedFile()).isEqualTo(20);
      assertThat(usage.memory().kernel()).isEqualTo(30);
      assertThat(usage.memory().faults()).isEqualTo(new ContainerUsage.Faults(11, 3));
      assertThat(usage.memory().limitHits()).isEqualTo(5);
      assertThat(usage.memory().oomKills()).isEqualTo(2);
      assertThat(usage.swap().usage()).isEqualTo(50);
      assertThat(usage.tasks().current()).isEqualTo(9);
      assertThat(usage.io()).contains(new DeviceIo(8, 0, "/dev/sda", 10, 20, 1, 2));
    }
  }

  @Test
  void limitsAreEmptyWhereThereIsNone() {
    assertThat(usage(Version.V2, V2).swap().limit()).isEmpty();
    assertThat(usage(Version.V2, V2).tasks().limit()).isEmpty();
    assertThat(usage(Version.V1, V1).swap().limit()).hasValue(1000);
    assertThat(usage(Version.V1, V1).tasks().limit()).hasValue(100);
    var unlimited = Map.of("memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(usage(Version.V1, unlimited).memory().limit()).isEmpty();
  }

  @Test
  void onlyVersionTwoHasPressure() {
    assertThat(usage(Version.V2, V2).cpu().pressure())
        .contains(new Pressure(new Stall(12_345_000, 1.5, 0.75, 0.1), new Stall(45_000, 0, 0, 0)));
    assertThat(usage(Version.V2, V2).ioPressure()).isEmpty();
    assertThat(usage(Version.V1, V1).cpu().pressure()).isEmpty();
  }

  @Test
  void hugePagesHaveAPeakWhereTheKernelKeepsIt() {
    assertThat(usage(Version.V1, V1).hugepages())
        .containsExactly(new Hugepages("2MB", 2 << 20, OptionalLong.of(4 << 20)));
    assertThat(usage(Version.V2, V2).hugepages())
        .containsExactly(new Hugepages("2MB", 2 << 20, OptionalLong.empty()));
  }

  @Test
  void devicesAreToldOnce() {
    assertThat(groups(Version.V2).devices(V2)).containsExactly("8:0", "253:1");
    assertThat(groups(Version.V1).devices(V1)).containsExactly("8:0");
  }

  @Test
  void whatIsNotThereOrNotUnderstoodIsNothing() {
    // When
    var usage = usage(Version.V2, Map.of("cpu.stat", "usage_usec soon\n", "io.stat", "\n"));

    // Then
    assertThat(usage.cpu().nanos()).isZero();
    assertThat(usage.memory().peak()).isEmpty();
    assertThat(usage.io()).isEmpty();
  }

  @Test
  void everythingThatIsReadIsAskedFor() {
    assertThat(groups(Version.V1).files()).containsAll(V1.keySet());
    assertThat(groups(Version.V2).files()).containsAll(V2.keySet());
  }

  @Test
  void pageSizesAreNamedAsGroupsNameThem() {
    assertThat(Numbers.pageSize(64)).isEqualTo("64KB");
    assertThat(Numbers.pageSize(2048)).isEqualTo("2MB");
    assertThat(Numbers.pageSize(1 << 20)).isEqualTo("1GB");
  }

  private static GroupUsage groups(Version version) {
    return GroupUsage.of(version, List.of("2MB"));
  }

  private static ContainerUsage usage(Version version, Map<String, String> files) {
    return groups(version).usage(files, Instant.EPOCH, NAMES);
  }
}
