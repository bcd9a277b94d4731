package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutputBudgetTest {
  private static final int MIB = 1 << 20;

  @Test
  void whatOneHasTakenIsMissingToTheOtherUntilItIsGivenBack() {
    // Given
    var budget = OutputBudget.of(MIB);
    var one = budget.share();
    var other = budget.share();

    // When
    var first = one.take(2 * MIB);
    var second = other.take(2 * MIB);
    one.close();
    one.close();
    var third = other.take(2 * MIB);
    other.close();

    // Then
    assertThat(first).isEqualTo(MIB + OutputBudget.ALWAYS_BYTES);
    assertThat(second).isEqualTo(OutputBudget.ALWAYS_BYTES);
    assertThat(third).isEqualTo(MIB);
    assertThat(budget.share().take(2 * MIB)).isEqualTo(MIB + OutputBudget.ALWAYS_BYTES);
  }

  @Test
  void aShareThatIsClosedTakesNothingMore() {
    var budget = OutputBudget.of(MIB);
    var share = budget.share();
    share.close();

    assertThat(share.take(MIB)).isEqualTo(OutputBudget.ALWAYS_BYTES);
    assertThat(budget.share().take(2 * MIB)).isEqualTo(MIB + OutputBudget.ALWAYS_BYTES);
  }
}
