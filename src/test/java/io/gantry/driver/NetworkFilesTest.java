package io.gantry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.runtime.PodUsage.Counters;
import io.gantry.runtime.PodUsage.Interface;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NetworkFilesTest {
  private static final String DEVICES =
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
          lo:     700       7    0    0    0     0          0         0      700       7    0    0    0     0       0          0
        net1:       1       2    3    4    0     0          0         0        5       6    7    8    0     0       0          0
        eth0:1000       20    0    1    0     0          0         0     2000      30    0    2    0     0       0          0
      """;
  private static final String ROUTES =
      """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
      net1\t0000F00A\t00000000\t0001\t0\t0\t0\t0000FFFF
      eth0\t00000000\t0100F00A\t0003\t0\t0\t0\t00000000
      """;
  private static final String ROUTES_IPV6 =
      "00000000000000000000000000000000 00 00000000000000000000000000000000 00"
          + " fd000000000000000000000000000001 00000400 00000001 00000000 00000003     net1\n";

  @Test
  void allDevicesButLoopbackAreCounted() {
    // When
    var network = NetworkFiles.parsed(Instant.EPOCH, DEVICES, ROUTES, "");

    // Then
    assertThat(network.defaultInterface()).contains("eth0");
    assertThat(network.interfaces())
        .containsExactly(
            new Interface("net1", new Counters(1, 2, 3, 4), new Counters(5, 6, 7, 8)),
            new Interface("eth0", new Counters(1000, 20, 0, 1), new Counters(2000, 30, 0, 2)));
  }

  @Test
  void aDefaultRouteOfIpv6CountsWhereThereIsNoOther() {
    assertThat(NetworkFiles.parsed(Instant.EPOCH, DEVICES, "", ROUTES_IPV6).defaultInterface())
        .contains("net1");
    assertThat(NetworkFiles.parsed(Instant.EPOCH, DEVICES, "", "").defaultInterface()).isEmpty();
  }
}
