package io.gantry.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import org.junit.jupiter.api.Test;

class FakeStateTest extends StateContract {
  private final FakeState state = new FakeState(tell);

  @Override
  protected State state() {
    return state;
  }

  @Override
  protected State reopened() {
    await(state.close());
    return state.reopened(tell);
  }

  @Test
  void failedCommitChangesNothing() {
    // Given
    state.failNext(RuntimeFault.exhausted("disk full"));

    // When
    var commit = state.commit(call, telling("c1").then(() -> seen.add("applied")));

    // Then
    assertThat(faultOf(commit)).hasMessage("disk full");
    assertThat(seen).isEmpty();
    assertThat(state.rows("container")).isEmpty();
    await(state.commit(call, telling("c2")));
    assertThat(state.lastSequence()).isEqualTo(1);
  }
}
