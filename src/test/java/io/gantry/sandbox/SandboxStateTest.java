package io.gantry.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.sandbox.SandboxState.Fact;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SandboxStateTest {
  private final Instant at = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void nothingLeavesClosed() {
    var closed = new SandboxState.Closed(at);

    assertThat(closed.after(new Fact.Opened())).isEqualTo(closed);
    assertThat(closed.after(new Fact.Lost(at, "late"))).isEqualTo(closed);
    assertThat(closed.after(new Fact.StopBegun(at))).isEqualTo(closed);
  }

  @Test
  void whatIsLostWhileClosingStaysClosing() {
    var closing = new SandboxState.Closing(at);

    assertThat(closing.after(new Fact.Lost(at, "its process ended"))).isEqualTo(closing);
  }

  @Test
  void aBrokenSandboxIsNotReadyAgain() {
    var broken = new SandboxState.Ready().after(new Fact.Lost(at, "rebooted"));

    assertThat(broken.after(new Fact.Opened())).isEqualTo(broken);
    assertThat(broken.after(new Fact.StopBegun(at))).isInstanceOf(SandboxState.Closing.class);
  }
}
