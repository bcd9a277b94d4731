package io.gantry.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FactReaderTest {
  private static final Duration NEVER = Duration.ofHours(1);

  private final Vertx vertx = Vertx.vertx();
  private final FactRing<String> ring = FactRing.of(vertx, new EventsConfig(8));
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  @AfterEach
  void closeVertx() {
    await(vertx.close());
  }

  @Test
  void bringsWhatWasAndWhatComes() {
    // Given
    append(1, 2);
    var reader = FactReader.of(vertx, ring);

    // When
    start(reader, 0);
    append(3, 3);

    // Then
    assertThat(next(3)).containsExactly("1", "2", "3");
  }

  @Test
  void resumesFromASequence() {
    // Given
    append(1, 5);

    // When
    start(FactReader.of(vertx, ring), 3);

    // Then
    assertThat(next(2)).containsExactly("4", "5");
  }

  @Test
  void gapComesBeforeWhatFollowsIt() {
    // Given
    append(1, 20);

    // When
    start(FactReader.of(vertx, ring), 0);

    // Then
    assertThat(next(9)).containsExactly("1-12", "13", "14", "15", "16", "17", "18", "19", "20");
  }

  @Test
  void pausingInAHandlerHoldsTheNextFact() {
    // Given
    var reader = FactReader.of(vertx, ring);
    append(1, 3);
    onContext(
        () ->
            reader.start(
                0,
                fact -> {
                  reader.pause();
                  heard.add("" + fact.sequence());
                },
                gap -> heard.add("gap")));
    assertThat(next(1)).containsExactly("1");
    turn();
    assertThat(heard).isEmpty();

    // When
    reader.resume();

    // Then
    assertThat(next(1)).containsExactly("2");
    turn();
    assertThat(heard).isEmpty();
  }

  @Test
  void ownerFillsAGapWhileTheRestWaits() {
    // Given
    append(1, 10);
    var reader = FactReader.of(vertx, ring);

    // When
    onContext(
        () ->
            reader.start(
                0,
                fact -> heard.add("" + fact.sequence()),
                gap -> {
                  reader.pause();
                  vertx
                      .timer(20, TimeUnit.MILLISECONDS)
                      .onComplete(
                          _ -> {
                            heard.add("outbox " + gap.from() + "-" + gap.to());
                            reader.resume();
                          });
                }));

    // Then
    assertThat(next(3)).containsExactly("outbox 1-2", "3", "4");
  }

  @Test
  void slowReaderAffectsNobody() {
    // Given
    var slow = FactReader.of(vertx, ring);
    start(slow, 0, new LinkedBlockingQueue<>());
    slow.pause();
    start(FactReader.of(vertx, ring), 0);

    // When: far more than the ring holds, as fast as the other one takes it
    for (var sequence = 1L; sequence <= 100; sequence++) {
      append(sequence, sequence);
      assertThat(next(1)).containsExactly("" + sequence);
    }

    // Then
    assertThat(heard).isEmpty();
  }

  @Test
  void slowReaderIsToldItsGapWhenItGoesOn() {
    // Given
    var reader = FactReader.of(vertx, ring);
    start(reader, 0);
    append(1, 1);
    next(1);
    reader.pause();
    turn();
    append(2, 20);

    // When
    reader.resume();

    // Then
    assertThat(next(2)).containsExactly("2-12", "13");
  }

  @Test
  void handlersRunOnTheContextThatStarted() {
    // Given
    var contexts = new LinkedBlockingQueue<Context>();
    var context = vertx.getOrCreateContext();
    append(1, 10);

    // When
    context.runOnContext(
        _ ->
            FactReader.of(vertx, ring)
                .start(
                    0,
                    _ -> contexts.add(Vertx.currentContext()),
                    _ -> contexts.add(Vertx.currentContext())));

    // Then
    assertThat(List.of(take(contexts), take(contexts))).containsOnly(context);
  }

  @Test
  void handlerThatThrowsLosesNothingElse() {
    // Given
    append(1, 3);
    var reader = new RingReader<>(vertx, ring, Duration.ofMillis(10));

    // When
    onContext(
        () -> {
          Vertx.currentContext().exceptionHandler(_ -> {});
          reader.start(
              0,
              fact -> {
                if (fact.sequence() == 2) {
                  throw new IllegalStateException("a bug");
                }
                heard.add("" + fact.sequence());
              },
              _ -> {});
        });

    // Then
    assertThat(next(2)).containsExactly("1", "3");
  }

  @Test
  void noWakeUpIsLostUnderManyAppends() throws InterruptedException {
    // Given: no timer to help
    var last = 100_000L;
    var big = FactRing.<String>of(vertx, new EventsConfig(4096));
    var reader = new RingReader<>(vertx, big, NEVER);
    var reached = new AtomicLong();
    var finished = Promise.<Void>promise();
    onContext(
        () ->
            reader.start(
                0,
                fact -> follow(reached, fact.sequence(), fact.sequence(), last, finished),
                gap -> follow(reached, gap.from(), gap.to(), last, finished)));

    // When: in bursts, so that the reader is up to date now and then
    var writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (var sequence = 1L; sequence <= last; sequence++) {
                    big.append(sequence, "");
                    if (sequence % 1000 == 0) {
                      while (sequence < 50_000 && reached.get() < sequence) {
                        Thread.onSpinWait();
                      }
                    }
                  }
                });

    // Then
    writer.join();
    await(finished.future());
    assertThat(reached).hasValue(last);
  }

  private static void follow(
      AtomicLong reached, long from, long to, long last, Promise<Void> finished) {
    if (reached.get() != from - 1) {
      finished.tryFail("after " + reached + " came " + from);
    }
    reached.set(to);
    if (to == last) {
      finished.tryComplete();
    }
  }

  @Test
  void wakeUpThatTheBusDropsIsMadeGood() {
    // Given: a ring whose wake-ups go to another bus
    var elsewhere = Vertx.vertx();
    var deaf = FactRing.<String>of(elsewhere, new EventsConfig(8));
    var reader = new RingReader<>(vertx, deaf, Duration.ofMillis(20));
    onContext(() -> reader.start(0, fact -> heard.add("" + fact.sequence()), _ -> {}));

    // When
    deaf.append(1, "");

    // Then
    assertThat(next(1)).containsExactly("1");
    await(elsewhere.close());
  }

  @Test
  void closedReaderHearsNothing() {
    // Given
    var reader = FactReader.of(vertx, ring);
    start(reader, 0);
    append(1, 1);
    next(1);

    // When
    await(reader.close());
    append(2, 2);

    // Then
    turn();
    assertThat(heard).isEmpty();
  }

  @Test
  void startsOnce() {
    var reader = FactReader.of(vertx, ring);
    start(reader, 0);

    assertThatThrownBy(() -> reader.start(0, _ -> {}, _ -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  private void start(FactReader<String> reader, long sequence) {
    start(reader, sequence, heard);
  }

  private void start(FactReader<String> reader, long sequence, BlockingQueue<String> into) {
    onContext(
        () ->
            reader.start(
                sequence,
                fact -> into.add("" + fact.sequence()),
                gap -> into.add(gap.from() + "-" + gap.to())));
  }

  private void append(long from, long to) {
    LongStream.rangeClosed(from, to).forEach(sequence -> ring.append(sequence, "f" + sequence));
  }

  private List<String> next(int count) {
    var texts = new ArrayList<String>();
    for (var i = 0; i < count; i++) {
      texts.add(take(heard));
    }
    return texts;
  }

  private static <T> T take(BlockingQueue<T> queue) {
    try {
      var taken = queue.poll(10, TimeUnit.SECONDS);
      assertThat(taken).as("came in time").isNotNull();
      return taken;
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  /** Lets everything that is on its way to the context arrive. */
  private void turn() {
    for (var i = 0; i < 3; i++) {
      onContext(() -> {});
    }
  }

  private void onContext(Runnable work) {
    var done = Promise.<Void>promise();
    vertx
        .getOrCreateContext()
        .runOnContext(
            _ -> {
              work.run();
              done.complete();
            });
    await(done.future());
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }
}
