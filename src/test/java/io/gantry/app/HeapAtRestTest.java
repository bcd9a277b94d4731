package io.gantry.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Actor;
import io.gantry.call.Call;
import io.gantry.call.Failpoints;
import io.gantry.call.Journal;
import io.gantry.call.Trace;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeapAtRestTest {
  private static final long MIB = 1 << 20;

  private final Journal journal = Journal.at(Clock.systemUTC());
  private final Promise<Void> work = Promise.promise();

  private long takenMib = 16;
  private int collections;

  /** One that gives back all but 16 MiB. */
  private final HeapAtRest heap =
      new HeapAtRest(
          journal,
          () -> takenMib * MIB,
          () -> {
            collections++;
            takenMib = 16;
          });

  @BeforeEach
  void collectOnce() {
    heap.look();
    collections = 0;
  }

  @Test
  void whatHasNotGrownMuchIsLeftAlone() {
    // When
    takenMib = 28;
    heap.look();

    // Then
    assertThat(collections).isZero();
  }

  @Test
  void whatHasGrownIsCollectedOnceNothingIsUnderWay() {
    // Given
    var call = underWay();
    takenMib = 40;

    // When
    heap.look();

    // Then
    assertThat(collections).isZero();

    // When
    work.complete();
    heap.look();
    heap.look();

    // Then
    assertThat(call.succeeded()).isTrue();
    assertThat(collections).isOne();
  }

  @Test
  void whatHasGrownVeryMuchIsCollectedInTheMiddleOfWorkAndOnceMoreAfterIt() {
    // Given
    var call = underWay();
    takenMib = 90;

    // When
    heap.look();

    // Then
    assertThat(collections).isOne();

    // When
    heap.look();
    work.complete();
    heap.look();
    heap.look();

    // Then
    assertThat(call.succeeded()).isTrue();
    assertThat(collections).isEqualTo(2);
  }

  @Test
  void aCallThatDoesNothingIsNoWork() {
    // Given
    journal.begun(call());
    takenMib = 40;

    // When
    heap.look();

    // Then
    assertThat(collections).isOne();
  }

  private Future<Void> underWay() {
    var call = call();
    journal.begun(call);
    return call.phase("layers", work::future);
  }

  private Call call() {
    var tools = new Call.Tools(Metrics.unread(), Failpoints.off(), journal);
    return Call.of(tools, "PullImage", Actor.CRI, Trace.fresh(), Optional.empty());
  }
}
