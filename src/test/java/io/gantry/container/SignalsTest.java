package io.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SignalsTest {
  @Test
  void everySignalHasANameThatMeansIt() {
    for (var number = 1; number <= 64; number++) {
      assertThat(Signals.number(Signals.name(number))).isEqualTo(number);
    }
    assertThat(Signals.name(15)).isEqualTo("SIGTERM");
    assertThat(Signals.name(37)).isEqualTo("SIGRTMIN+3");
    assertThat(Signals.name(62)).isEqualTo("SIGRTMAX-2");
  }
}
