package io.gantry.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link State} does. */
@Timeout(30)
abstract class StateContract {
  protected final List<String> seen = Collections.synchronizedList(new ArrayList<>());
  protected final Call call = Call.internal(Call.Tools.plain(), "Test");

  /** The one state of a test, empty; facts go to {@link #tell}. */
  protected abstract State state();

  /** Closes the state and opens what it kept. */
  protected abstract State reopened();

  protected final Consumer<List<SequencedFact>> tell =
      facts -> facts.forEach(fact -> seen.add("told " + fact.sequence()));

  @Test
  void committedRowIsLoaded() {
    // Given
    var row = row("c1", new JsonObject().put("state", "created"));

    // When
    await(state().commit(call, Change.put(row)));

    // Then
    assertThat(await(state().load("container"))).containsExactly(row);
    assertThat(await(state().load("image"))).isEmpty();
  }

  @Test
  void removedRowIsGone() {
    // Given
    await(state().commit(call, Change.put(row("c1", new JsonObject()))));

    // When
    await(state().commit(call, Change.remove("container", "c1")));
    await(state().commit(call, Change.remove("container", "never-there")));

    // Then
    assertThat(await(state().load("container"))).isEmpty();
  }

  @Test
  void removalsComeBeforePuts() {
    // Given
    await(state().commit(call, Change.put(row("c1", new JsonObject().put("old", 1)))));

    // When
    await(
        state()
            .commit(
                call,
                Change.put(row("c1", new JsonObject().put("new", 2)))
                    .and(Change.remove("container", "c1"))));

    // Then
    assertThat(await(state().load("container")))
        .extracting(row -> new JsonObject(row.body()))
        .containsExactly(new JsonObject().put("new", 2));
  }

  @Test
  void unknownFieldsSurviveAPut() {
    // Given
    await(
        state()
            .commit(
                call,
                Change.put(row("c1", new JsonObject().put("state", "a").put("future", "kept")))));

    // When
    var again = reopened();
    await(again.commit(call, Change.put(row("c1", new JsonObject().put("state", "b")))));
    await(again.commit(call, Change.put(row("c1", new JsonObject().put("state", "c")))));

    // Then
    assertThat(await(again.load("container")))
        .extracting(row -> new JsonObject(row.body()))
        .containsExactly(new JsonObject().put("state", "c").put("future", "kept"));
  }

  @Test
  void appliedAndToldInCommitOrderBeforeTheFutureCompletes() {
    // Given
    var commits = new ArrayList<Future<Void>>();

    // When
    for (var i = 1; i <= 20; i++) {
      var name = i;
      commits.add(
          state()
              .commit(call, telling("c" + i).then(() -> seen.add("applied " + name)))
              .onSuccess(_ -> assertThat(seen).contains("told " + name)));
    }
    await(Future.all(commits));

    // Then
    assertThat(seen)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 20)
                .boxed()
                .flatMap(i -> List.of("applied " + i, "told " + i).stream())
                .toList());
  }

  @Test
  void factsAreNumberedWithoutAGapAcrossARestart() {
    // Given
    await(state().commit(call, telling("c1").telling(fact("c1"))));
    assertThat(state().lastSequence()).isEqualTo(2);

    // When
    var again = reopened();
    await(again.commit(call, telling("c2")));

    // Then
    assertThat(await(again.facts(0, 10)))
        .extracting(SequencedFact::sequence)
        .containsExactly(1L, 2L, 3L);
    assertThat(await(again.facts(1, 1))).extracting(SequencedFact::sequence).containsExactly(2L);
    assertThat(again.lastSequence()).isEqualTo(3);
  }

  @Test
  void recordIsSetAsideOnRequest() {
    // Given
    await(state().commit(call, Change.put(row("c1", new JsonObject()))));

    // When
    await(state().setAside(new Change.Key("container", "c1"), "no such state: 'x'"));

    // Then
    assertThat(await(state().load("container"))).isEmpty();
  }

  @Test
  void closedStateRefuses() {
    // Given
    await(state().close());

    // When
    var commit = state().commit(call, telling("c1"));

    // Then
    assertThat(faultOf(commit).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(faultOf(state().load("container")).kind()).isEqualTo(Kind.UNAVAILABLE);
    await(state().close());
  }

  static Change telling(String id) {
    return Change.put(row(id, new JsonObject().put("id", id))).telling(fact(id));
  }

  static FactDraft fact(String id) {
    return new FactDraft("ContainerCreated", id, new JsonObject().put("id", id));
  }

  static Row row(String id, JsonObject body) {
    return new Row("container", id, "cri", "boot", "hash", body.encode());
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  static RuntimeFault faultOf(Future<?> future) {
    try {
      await(future);
    } catch (CompletionException failed) {
      return (RuntimeFault) failed.getCause();
    }
    throw new AssertionError("no fault");
  }
}
