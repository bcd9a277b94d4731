package io.gantry.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneTest {
  private final Lane lane = new Lane();
  private final List<String> order = new ArrayList<>();

  @Test
  void transitionsTakeEffectOneAtATimeInCallOrder() {
    // Given
    Promise<Void> first = Promise.promise();
    lane.enter(first::future).onComplete(_ -> order.add("first"));

    // When
    lane.enter(() -> noted("second"));
    lane.enter(() -> noted("third"));
    var before = List.copyOf(order);
    first.complete();

    // Then
    assertThat(before).isEmpty();
    assertThat(order).containsSubsequence("second", "third").contains("first");
  }

  @Test
  void aFailureDoesNotHoldUpTheNext() {
    // Given
    lane.enter(() -> Future.failedFuture("no"));

    // When
    lane.enter(() -> noted("next"));

    // Then
    assertThat(order).containsExactly("next");
  }

  @Test
  void whatThrowsLeavesTheLane() {
    // Given
    var thrown =
        lane.enter(
            () -> {
              throw new IllegalStateException("bug");
            });

    // When
    lane.enter(() -> noted("next"));

    // Then
    assertThat(thrown.failed()).isTrue();
    assertThat(order).containsExactly("next");
  }

  private Future<Void> noted(String what) {
    order.add(what);
    return Future.succeededFuture();
  }
}
