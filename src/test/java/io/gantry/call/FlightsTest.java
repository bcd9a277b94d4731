package io.gantry.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FlightsTest {
  private final Promise<String> work = Promise.promise();
  private final AtomicInteger started = new AtomicInteger();
  private final AtomicReference<Call> own = new AtomicReference<>();

  @Test
  void aSecondCallForTheSameJoinsTheFirst() {
    // Given
    Flights<String, String> flights = Flights.goingOn();
    var first = flights.join(call(), "pod", this::start);

    // When
    var second = flights.join(call(), "pod", this::start);
    work.complete("id");

    // Then
    assertThat(started).hasValue(1);
    assertThat(first.result()).isEqualTo("id");
    assertThat(second.result()).isEqualTo("id");
    assertThat(flights.flying("pod")).isFalse();
  }

  @Test
  void aCallerThatGivesUpLetsGoWithoutEndingTheWork() {
    // Given
    Flights<String, String> flights = Flights.goingOn();
    var impatient = call();
    var first = flights.join(impatient, "pod", this::start);

    // When
    impatient.cancel("deadline exceeded");

    // Then
    assertThat(RuntimeFault.of(first.cause()).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(own.get().over()).isEmpty();
    assertThat(flights.flying("pod")).isTrue();
  }

  @Test
  void theLastCallerThatLetsGoOfAPullCancelsIt() {
    // Given
    Flights<String, String> flights = Flights.cancelledWhenAbandoned();
    var one = call();
    var two = call();
    flights.join(one, "image", this::start);
    flights.join(two, "image", this::start);

    // When
    one.cancel("gone");
    var afterOne = own.get().over().isPresent();
    two.cancel("gone");

    // Then
    assertThat(afterOne).isFalse();
    assertThat(own.get().over()).isPresent();
    assertThat(flights.flying("image")).as("the next caller starts afresh").isFalse();
  }

  @Test
  void workThatThrowsFailsItsCallers() {
    // Given
    Flights<String, String> flights = Flights.goingOn();

    // When
    var done =
        flights.join(
            call(),
            "pod",
            _ -> {
              throw RuntimeFault.invalid("no");
            });

    // Then
    assertThat(done.failed()).isTrue();
    assertThat(flights.flying("pod")).isFalse();
  }

  private Future<String> start(Call call) {
    started.incrementAndGet();
    own.set(call);
    return work.future();
  }

  private static Call call() {
    return Call.internal(Call.Tools.plain(), "Trial");
  }
}
