package io.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DefaultBridgeTest {
  @Test
  void eachSubnetIsARangeWithARoute() {
    // When
    var chain = new DefaultBridge("gantry0", List.of("10.85.0.0/16", "fd00:85::/64")).chain();

    // Then
    assertThat(chain.plugins()).extracting(Chain::type).containsExactly("bridge", "portmap");
    assertThat(chain.plugins().getFirst().path("ipam"))
        .hasToString(
            "{\"type\":\"host-local\","
                + "\"ranges\":[[{\"subnet\":\"10.85.0.0/16\"}],[{\"subnet\":\"fd00:85::/64\"}]],"
                + "\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"}]}");
  }

  @ParameterizedTest
  @CsvSource({
    "10.85.0.0/16,true",
    "fd00::/64,true",
    "10.85.0.0,false",
    "10.85.0.0/31,false",
    "10.85/16,false",
    "fd00::/126,false",
    "host/16,false",
    "10.85.0.0/0,false"
  })
  void subnetHasAnAddressAndRoomForPods(String text, boolean subnet) {
    assertThat(DefaultBridge.isSubnet(text)).isEqualTo(subnet);
  }

  @Test
  void bridgeThatCannotBeIsRefused() {
    assertThatThrownBy(() -> new DefaultBridge("a-name-that-is-too-long", List.of("10.85.0.0/16")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("default bridge: 'a-name-that-is-too-long' (expected: ");
    assertThatThrownBy(() -> new DefaultBridge("gantry0", List.of("10.85.0.0")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("default bridge: subnet '10.85.0.0' (expected: ");
  }
}
