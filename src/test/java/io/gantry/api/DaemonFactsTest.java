package io.gantry.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.api.DaemonFacts.Need;
import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.state.FakeState;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DaemonFactsTest {
  private static final Need NETWORK = new Need("Network", "");
  private static final Need CRUN = new Need("Handler", "crun");

  private final Vertx vertx = Vertx.vertx();
  private final FakeState state = new FakeState();
  private final Map<Need, String> needs = new HashMap<>(Map.of(NETWORK, "", CRUN, ""));
  private final DaemonFacts facts =
      new DaemonFacts(
          new DaemonFacts.Told(
              vertx, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), Call.Tools.plain(), state),
          "1.0",
          () -> Map.copyOf(needs));

  @AfterEach
  void closeVertx() throws Exception {
    vertx.close().await(30, TimeUnit.SECONDS);
  }

  @Test
  void whatHasChangedIsToldOnce() {
    // Given
    facts.started();

    // When
    needs.put(NETWORK, "no plugin");
    facts.look();
    facts.look();
    needs.remove(CRUN);
    needs.put(NETWORK, "");
    facts.look();

    // Then
    assertThat(state.factTypes())
        .containsExactly("DaemonStarted", "NetworkNotReady", "HandlerNotReady", "NetworkReady");
    assertThat(state.facts().get(1).snapshot().getString("why")).isEqualTo("no plugin");
    assertThat(state.facts().get(2).snapshot().getString("why")).contains("no more");
  }

  @Test
  void whatAFullDiskDoesNotTakeIsToldLaterInOrder() {
    // Given
    full(3);
    assertThat(facts.started().succeeded()).isTrue();

    // When it becomes ready and unready again meanwhile
    needs.put(NETWORK, "no plugin");
    facts.look();
    needs.put(NETWORK, "");
    facts.look();
    assertThat(state.facts()).isEmpty();
    needs.put(CRUN, "no binary");
    facts.look();

    // Then
    assertThat(state.factTypes())
        .containsExactly("DaemonStarted", "NetworkNotReady", "NetworkReady", "HandlerNotReady");
    facts.look();
    assertThat(state.facts()).hasSize(4);
    assertThat(state.facts()).allMatch(it -> it.snapshot().containsKey("since"));
  }

  @Test
  void theOldestGoesIfTheDiskStaysFullForVeryLong() {
    // Given
    full(1001);
    facts.started();

    // When
    for (var i = 0; i < 1000; i++) {
      needs.put(NETWORK, "cause " + i);
      facts.look();
    }
    facts.look();

    // Then
    assertThat(state.facts()).hasSize(256);
    assertThat(state.facts().getLast().snapshot().getString("why")).isEqualTo("cause 999");
  }

  private void full(int times) {
    for (var i = 0; i < times; i++) {
      state.failNext(RuntimeFault.exhausted("state: the disk is full"));
    }
  }
}
