package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.host.Cgroups;
import io.gantry.sandbox.Resources;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final Resources BEFORE =
      new Resources(
          100_000, 20_000, 1024, 64, 96, 5, "0-1", "0", Map.of("2MB", 1L), Map.of("a", "b"));

  @Test
  void whatAnUpdateLeavesOpenStays() {
    assertThat(BEFORE.with(Asked.UNLIMITED)).isEqualTo(BEFORE);
  }

  @Test
  void whatAnUpdateSetsIsSet() {
    // Given
    var later = new Resources(0, 40_000, 0, 0, 0, 0, "1", "", Map.of("1GB", 2L), Map.of("a", "c"));

    // When
    var limits = BEFORE.with(later);

    // Then
    assertThat(limits)
        .isEqualTo(
            new Resources(
                100_000,
                40_000,
                1024,
                64,
                96,
                5,
                "1",
                "0",
                Map.of("2MB", 1L, "1GB", 2L),
                Map.of("a", "c")));
  }

  @Test
  void swapStaysAsMuchBesideAnotherLimitOfMemory() {
    assertThat(BEFORE.with(memory(128, 0)).memorySwapBytes()).isEqualTo(160);
    assertThat(BEFORE.with(memory(128, 200)).memorySwapBytes()).isEqualTo(200);
    assertThat(memory(64, 0).with(memory(128, 0)).memorySwapBytes()).isZero();
    assertThat(memory(64, -1).with(memory(128, 0)).memorySwapBytes()).isEqualTo(-1);
  }

  @Test
  void filesOfCgroupV2AreRefusedOnV1() {
    assertThatThrownBy(() -> BEFORE.checkFor(Cgroups.Version.V1))
        .hasMessage("unified: [a] (expected: none on a host with cgroup v1)");
    assertThatCode(() -> BEFORE.checkFor(Cgroups.Version.V2)).doesNotThrowAnyException();
    assertThatCode(() -> memory(1, 0).checkFor(Cgroups.Version.V1)).doesNotThrowAnyException();
  }

  private static Resources memory(long bytes, long swapBytes) {
    return new Resources(0, 0, 0, bytes, swapBytes, 0, "", "", Map.of(), Map.of());
  }
}
