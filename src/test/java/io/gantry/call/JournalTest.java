package io.gantry.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gantry.errors.RuntimeFault;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is told of calls under way and of those that ended. */
class JournalTest {
  private final Journal journal = Journal.at(Clock.systemUTC());
  private final Call.Tools tools = new Call.Tools(Metrics.unread(), Failpoints.off(), journal);

  private Call call(String operation) {
    return Call.of(tools, operation, Actor.CRI, Trace.fresh(), Optional.empty());
  }

  @Test
  void aCallUnderWayTellsItsPhaseAndWhomItWaitsFor() {
    // Given
    var call = call("RunPodSandbox").about(Subject.pod("default", "web-0"));
    journal.begun(call);
    call.phase("first", Future::succeededFuture);
    call.phase("cni/bridge-add", () -> Promise.<Void>promise().future());
    call.waitsFor("bridge, pid 42", () -> "no route");

    // When
    var entry = journal.entries().getFirst();

    // Then
    assertThat(entry.over()).isFalse();
    assertThat(entry.subjects()).containsExactly(Subject.pod("default", "web-0"));
    assertThat(entry.phases()).extracting(Call.Phase::name).containsExactly("first");
    assertThat(entry.now()).extracting(Journal.Running::name).containsExactly("cni/bridge-add");
    assertThat(entry.waits())
        .extracting(Journal.Wait::who, Journal.Wait::lastWords)
        .containsExactly(tuple("bridge, pid 42", "no route"));
  }

  @Test
  void whoHasAnsweredIsNotWaitedForAnyMore() {
    // Given
    var call = call("RunPodSandbox");
    journal.begun(call);
    var answered = call.waitsFor("bridge, pid 42", () -> "");

    // When
    answered.run();

    // Then
    assertThat(journal.entries().getFirst().waits()).isEmpty();
  }

  @Test
  void workThatGoesOnWithoutItsCallerIsStillTold() {
    // Given
    var call = call("RunPodSandbox").about(Subject.pod("default", "web-0"));
    journal.begun(call);
    call.detached().phase("cni/bridge-add", () -> Promise.<Void>promise().future());

    // When
    journal.ended(call, RuntimeFault.unavailable("too late", null));

    // Then
    var entry = journal.entries().getFirst();
    assertThat(entry.over()).isTrue();
    assertThat(entry.now()).extracting(Journal.Running::name).containsExactly("cni/bridge-add");
  }

  @Test
  void aRetryThatJoinsTellsThePhasesOfWhatItJoined() {
    // Given
    var flights = Flights.<String, Void>goingOn();
    var first = call("RunPodSandbox");
    flights.join(first, "pod", own -> own.phase("network", () -> Promise.<Void>promise().future()));
    var second = call("RunPodSandbox").about(Subject.pod("default", "web-0"));
    journal.begun(second);

    // When
    flights.join(second, "pod", _ -> Future.failedFuture("not to be started twice"));

    // Then
    assertThat(journal.entries().getFirst().now())
        .extracting(Journal.Running::name)
        .containsExactly("network");
  }

  @Test
  void aCallAboutNothingIsForgottenOnceItHasEnded() {
    // Given
    var call = call("ListContainers");
    journal.begun(call);

    // When
    journal.ended(call, null);

    // Then
    assertThat(journal.entries()).isEmpty();
  }

  @Test
  void aCancelledCallIsOver() {
    // Given
    var call = call("PullImage").about(Subject.image("busybox"));
    journal.begun(call);
    var number = journal.entries().getFirst().number();

    // When
    var found = journal.cancel(number, "cancelled by admin");

    // Then
    assertThat(found).isTrue();
    assertThat(call.over().orElseThrow().getMessage()).contains("cancelled by admin");
  }
}
