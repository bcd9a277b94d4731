package io.gantry.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelUsageTest {
  @Test
  void timeMemoryAndTasksAreTold() {
    // Given
    var event =
        """
        {"type":"stats","id":"c2","data":{"cpu":{"usage":{"total":86271984}},
         "memory":{"usage":{"limit":0,"usage":2498560,"failcnt":0}},"pids":{"current":3}}}
        """;

    // When
    var usage = KernelUsage.of(event, Instant.EPOCH);

    // Then
    assertThat(usage.cpu().nanos()).isEqualTo(86271984);
    assertThat(usage.memory().usage()).isEqualTo(2498560);
    assertThat(usage.memory().limit()).isEmpty();
    assertThat(usage.tasks().current()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"type\":\"oom\"}", "null"})
  void anythingElseIsAFault(String text) {
    assertThatThrownBy(() -> KernelUsage.of(text, Instant.EPOCH)).hasMessageStartingWith("stats: ");
  }
}
