package io.gantry.call;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BusyTimeTest {
  private final BusyTime time = new BusyTime();

  @Test
  void whatRunsSideBySideCountsOnce() {
    // Given
    time.begin(100);
    time.begin(110);

    // When
    time.end(150);
    time.end(160);

    // Then
    assertThat(time.nanos(1_000)).isEqualTo(60);
  }

  @Test
  void aPauseBetweenIsNotCounted() {
    // Given
    time.begin(0);
    time.end(10);
    time.begin(50);

    // When
    time.end(55);

    // Then
    assertThat(time.nanos(1_000)).isEqualTo(15);
  }

  @Test
  void whatIsUnderWayCountsUntilNow() {
    // When
    time.begin(20);

    // Then
    assertThat(time.nanos(50)).isEqualTo(30);
  }
}
