package io.gantry.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanesTest {
  private final Lanes<String> lanes = new Lanes<>();
  private final List<String> order = new ArrayList<>();

  @Test
  void lanesOfDifferentKeysDoNotWaitForEachOther() {
    // Given
    Promise<Void> slow = Promise.promise();
    lanes.enter("a", slow::future);

    // When
    lanes.enter("a", () -> noted("behind"));
    lanes.enter("b", () -> noted("beside"));

    // Then
    assertThat(order).containsExactly("beside");
    slow.complete();
    assertThat(order).containsExactly("beside", "behind");
  }

  @Test
  void aLaneThatNobodyIsInIsForgotten() {
    // Given
    Promise<Void> slow = Promise.promise();
    lanes.enter("a", slow::future);
    lanes.enter("a", () -> Future.failedFuture("no"));

    // When
    slow.complete();

    // Then
    assertThat(lanes.size()).isZero();
  }

  private Future<Void> noted(String what) {
    order.add(what);
    return Future.succeededFuture();
  }
}
