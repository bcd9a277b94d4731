package io.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotsTest {
  @Test
  void noMoreRunAtOnceThanThereAreSlots() {
    // Given
    var slots = new Slots(2);
    var started = new ArrayList<Integer>();
    List<Promise<Void>> ends =
        List.of(Promise.promise(), Promise.promise(), Promise.promise(), Promise.promise());

    // When
    for (var i = 0; i < 4; i++) {
      var number = i;
      slots.run(
          () -> {
            started.add(number);
            return ends.get(number).future();
          });
    }

    // Then
    assertThat(started).containsExactly(0, 1);
    ends.get(1).fail("whatever the end");
    assertThat(started).containsExactly(0, 1, 2);
    ends.get(0).complete();
    assertThat(started).containsExactly(0, 1, 2, 3);
  }

  @Test
  void workThatThrowsGivesItsSlotBack() {
    // Given
    var slots = new Slots(1);

    // When
    var failed =
        slots.run(
            () -> {
              throw new IllegalStateException("at once");
            });

    // Then
    assertThat(failed.failed()).isTrue();
    assertThat(slots.run(io.vertx.core.Future::<Void>succeededFuture).succeeded()).isTrue();
  }
}
