package io.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import java.util.List;
import org.junit.jupiter.api.Test;

class PinsTest {
  @Test
  void aStarStandsForAnyCharacters() {
    // Given
    var pins = new Pins(List.of("registry.k8s.io/pause:*", "a.test/*"));

    // Then
    assertThat(pins.match("registry.k8s.io/pause:3.10")).isTrue();
    assertThat(pins.match("registry.k8s.io/pause-not:3.10")).isFalse();
    assertThat(pins.match("registryxk8s.io/pause:3.10")).isFalse();
    assertThat(pins.match("a.test/team/app@sha256:00")).isTrue();
    assertThat(Pins.NONE.match("a.test/app:1")).isFalse();
  }

  @Test
  void whatIsNoNameIsRefused() {
    assertThatThrownBy(() -> new Pins(List.of("a b")))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("pinned image: 'a b'");
  }
}
