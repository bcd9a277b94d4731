package io.gantry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.oci.RuntimeSpec.Process;
import io.gantry.oci.RuntimeSpec.Rlimit;
import io.gantry.oci.RuntimeSpec.User;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AllowedTest {
  private static final String LIMITS =
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max cpu time              unlimited            unlimited            seconds
      Max open files            1024                 20000                files
      Max realtime timeout      unlimited            unlimited            us
      """;

  @Test
  void readsHardLimits() {
    assertThat(Allowed.hardLimits(LIMITS.lines().toList()))
        .isEqualTo(Map.of("RLIMIT_NOFILE", 20000L));
  }

  @Test
  void readsWhetherResourcesMayBeRaised() {
    assertThat(Allowed.mayRaise(List.of("Name:\tx", "CapEff:\t000001ffffffffff"))).isTrue();
    assertThat(Allowed.mayRaise(List.of("Name:\tx", "CapEff:\t000001fffeffffff"))).isFalse();
  }

  @Test
  void whatIsTooMuchIsClamped() {
    // Given
    var allowed = new Allowed(-100, Map.of("RLIMIT_NOFILE", 20000L));

    // When
    var clamped =
        allowed.clamp(
            process(
                -997,
                new Rlimit("RLIMIT_NOFILE", 1_000_000, 500),
                new Rlimit("RLIMIT_CORE", -1, -1)));

    // Then
    assertThat(clamped.oomScoreAdj()).isEqualTo(-100);
    assertThat(clamped.rlimits())
        .containsExactly(
            new Rlimit("RLIMIT_NOFILE", 20000, 500), new Rlimit("RLIMIT_CORE", -1, -1));
  }

  @Test
  void infinityIsTooMuchWhereThereIsALimit() {
    // Given
    var allowed = new Allowed(0, Map.of("RLIMIT_NOFILE", 20000L));

    // Then
    assertThat(allowed.clamp(process(5, new Rlimit("RLIMIT_NOFILE", -1, -1))).rlimits())
        .containsExactly(new Rlimit("RLIMIT_NOFILE", 20000, 20000));
  }

  @Test
  void oomScoreIsNeverLeftToInherit() {
    assertThat(Allowed.anything().clamp(process(null)).oomScoreAdj()).isZero();
    assertThat(new Allowed(300, Map.of()).clamp(process(null)).oomScoreAdj()).isEqualTo(300);
  }

  private static Process process(@Nullable Integer oomScoreAdj, Rlimit... limits) {
    return new Process(
        false,
        new User(0, 0, List.of()),
        List.of("/bin/true"),
        List.of(),
        "/",
        null,
        List.of(limits),
        true,
        oomScoreAdj,
        null,
        null);
  }
}
