package io.gantry.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FlowTest {
  private enum Step implements StepName {
    A,
    B,
    C;

    @Override
    public String flow() {
      return "Trial";
    }
  }

  private final List<String> did = new ArrayList<>();
  private final Call call = Call.internal(Call.Tools.plain(), "Trial");

  @Test
  void stepsRunInOrderAndAreTimed() {
    // When
    var done = flow(call).run();

    // Then
    assertThat(done.succeeded()).isTrue();
    assertThat(did).containsExactly("a", "b", "c");
    assertThat(call.phases())
        .extracting(Call.Phase::name)
        .containsExactly("Trial/a", "Trial/b", "Trial/c");
  }

  @Test
  void aFailedStepUndoesItselfAndTheEarlierOnesTheLastFirst() {
    // When
    var done = flow(call).step(Step.C, this::broken, () -> note("undo broken")).run();

    // Then
    assertThat(fault(done).getMessage()).isEqualTo("broken");
    assertThat(did).containsExactly("a", "b", "c", "undo broken", "undo c", "undo b", "undo a");
  }

  @Test
  void anUndoThatFailsGoesAlongAndStopsNoOther() {
    // Given
    var flow =
        Flow.of(call)
            .step(Step.A, () -> note("a"), () -> note("undo a"))
            .step(Step.B, () -> note("b"), () -> Future.failedFuture("stuck"))
            .step(Step.C, this::broken);

    // When
    var done = flow.run();

    // Then
    assertThat(did).containsExactly("a", "b", "undo a");
    assertThat(fault(done).getSuppressed()).hasSize(1);
  }

  @Test
  void whatThrowsFailsItsStep() {
    // When
    var done =
        Flow.of(call)
            .step(
                Step.A,
                () -> {
                  throw RuntimeFault.invalid("thrown");
                },
                () -> note("undo a"))
            .run();

    // Then
    assertThat(fault(done).kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(did).containsExactly("undo a");
  }

  @Test
  void aCancelledCallStopsBeforeTheNextStepAndUndoes() {
    // Given
    var flow =
        Flow.of(call)
            .step(
                Step.A,
                () -> {
                  call.cancel("the client went away");
                  return note("a");
                },
                () -> note("undo a"))
            .step(Step.B, () -> note("b"));

    // When
    var done = flow.run();

    // Then
    assertThat(fault(done).kind()).isEqualTo(Kind.DEADLINE_EXCEEDED);
    assertThat(did).containsExactly("a", "undo a");
  }

  @Test
  void aGroupWaitsForAllOfItsStepsBeforeItUndoes() {
    // Given
    Promise<Void> slow = Promise.promise();
    var flow =
        Flow.of(call)
            .together(
                new Flow.Group()
                    .step(Step.A, this::broken, () -> note("undo a"))
                    .step(Step.B, slow::future, () -> note("undo b")));

    // When
    var done = flow.run();
    var before = List.copyOf(did);
    slow.complete();

    // Then
    assertThat(before).isEmpty();
    assertThat(done.failed()).isTrue();
    assertThat(did).containsExactly("undo b", "undo a");
  }

  @Test
  void aFailpointFailsTheStepItNames() {
    // Given
    var tools = new Call.Tools(Metrics.unread(), Failpoints.parse("Trial/b:after=fail"));

    // When
    var done = flow(Call.internal(tools, "Trial")).run();

    // Then
    assertThat(fault(done).getMessage()).isEqualTo("failpoint: Trial/b:after");
    assertThat(did).containsExactly("a", "b", "undo b", "undo a");
  }

  @Test
  void aFailpointThatIsNotOneIsRefused() {
    assertThat(refused("Trial/b=fail")).contains("failpoint: 'Trial/b=fail'");
    assertThat(refused("Trial/b:before=explode")).contains("failpoint action: 'explode'");
  }

  private static String refused(String text) {
    try {
      Failpoints.parse(text);
    } catch (RuntimeFault fault) {
      return Optional.ofNullable(fault.getMessage()).orElse("");
    }
    return "";
  }

  private Flow flow(Call call) {
    var flow = Flow.of(call);
    for (var step : Step.values()) {
      var word = step.name().toLowerCase(Locale.ROOT);
      flow.step(step, () -> note(word), () -> note("undo " + word));
    }
    return flow;
  }

  private Future<Void> note(String what) {
    did.add(what);
    return Future.succeededFuture();
  }

  private Future<Void> broken() {
    return Future.failedFuture(RuntimeFault.unavailable("broken", null));
  }

  private static RuntimeFault fault(Future<?> failed) {
    assertThat(failed.failed()).isTrue();
    return RuntimeFault.of(failed.cause());
  }
}
