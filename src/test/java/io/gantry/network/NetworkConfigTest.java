package io.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NetworkConfigTest {
  @Test
  void defaultsAreThoseOfEveryDistribution() {
    // When
    var config = NetworkConfig.defaults(Path.of("/cache"));

    // Then
    assertThat(config)
        .isEqualTo(
            new NetworkConfig(
                Path.of("/etc/cni/net.d"),
                List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
                Path.of("/cache"),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Optional.empty()));
  }

  @Test
  void configurationThatCanRunNothingIsRefused() {
    var path = Path.of("/x");
    var second = Duration.ofSeconds(1);

    assertThatThrownBy(
            () -> new NetworkConfig(path, List.of(), path, second, second, Optional.empty()))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage("plugin directories: none (expected: at least one)");
    assertThatThrownBy(
            () ->
                new NetworkConfig(
                    path, List.of(path), path, Duration.ZERO, second, Optional.empty()))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage("plugin timeout: PT0S (expected: more than zero)");
  }
}
