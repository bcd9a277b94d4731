package io.gantry.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FactRingTest {
  private final Vertx vertx = Vertx.vertx();
  private final FactRing<String> ring = FactRing.of(vertx, new EventsConfig(4));

  @AfterEach
  void closeVertx() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void readerGetsFactsInOrder() {
    // Given
    var cursor = ring.after(0);
    append(1, 3);

    // When
    var batch = cursor.poll(10);

    // Then
    assertThat(batch)
        .isEqualTo(
            new Batch.Facts<>(
                List.of(new Entry<>(1, "f1"), new Entry<>(2, "f2"), new Entry<>(3, "f3"))));
    assertThat(cursor.poll(10)).isEqualTo(new Batch.UpToDate<>());
    assertThat(cursor.position()).isEqualTo(3);
  }

  @Test
  void overflowIsTold() {
    // Given
    var cursor = ring.after(0);

    // When
    append(1, 10);

    // Then
    assertThat(cursor.poll(10)).isEqualTo(new Batch.Gap<>(1, 6));
    assertThat(sequences(cursor.poll(10))).containsExactly(7L, 8L, 9L, 10L);
  }

  @Test
  void twoReadersGoAtTheirOwnPace() {
    // Given
    var fast = ring.after(0);
    var slow = ring.after(0);
    append(1, 2);
    fast.poll(10);

    // When
    append(3, 6);

    // Then
    assertThat(sequences(fast.poll(10))).containsExactly(3L, 4L, 5L, 6L);
    assertThat(slow.poll(10)).isEqualTo(new Batch.Gap<>(1, 2));
    assertThat(sequences(slow.poll(1))).containsExactly(3L);
    assertThat(sequences(slow.poll(2))).containsExactly(4L, 5L);
  }

  @Test
  void readerResumesAfterASequence() {
    // Given
    append(1, 4);

    // When
    var cursor = ring.after(2);

    // Then
    assertThat(sequences(cursor.poll(10))).containsExactly(3L, 4L);
  }

  @Test
  void factsOfAnEarlierRunAreAGapAtOnce() {
    // Given
    ring.startAfter(100);

    // When
    var behind = ring.after(97);
    var current = ring.after(100);

    // Then
    assertThat(ring.newest()).isEqualTo(100);
    assertThat(behind.poll(10)).isEqualTo(new Batch.Gap<>(98, 100));
    assertThat(behind.poll(10)).isEqualTo(new Batch.UpToDate<>());
    append(101, 101);
    assertThat(sequences(behind.poll(10))).containsExactly(101L);
    assertThat(sequences(current.poll(10))).containsExactly(101L);
  }

  @Test
  void skippedSequencesAreAGap() {
    // Given
    var cursor = ring.after(0);
    append(1, 2);
    cursor.poll(1);

    // When
    append(5, 5);

    // Then
    assertThat(cursor.poll(10)).isEqualTo(new Batch.Gap<>(2, 4));
    assertThat(sequences(cursor.poll(10))).containsExactly(5L);
  }

  @Test
  void readerAheadOfTheRingHearsNothingUntilFactsComeThatFar() {
    // Given
    append(1, 2);
    var cursor = ring.after(3);

    // When
    append(3, 3);

    // Then
    assertThat(cursor.poll(10)).isEqualTo(new Batch.UpToDate<>());
    append(4, 4);
    assertThat(sequences(cursor.poll(10))).containsExactly(4L);
  }

  @Test
  void sequencesOnlyRise() {
    append(1, 2);

    assertThatThrownBy(() -> ring.append(2, "again"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sequence: 2 (expected: at least 3)");
  }

  @Test
  void readersOnOtherThreadsAccountForEveryFact() throws InterruptedException {
    // Given: a ring so small that the readers are overtaken while they read
    var last = 200_000L;
    var faults = new LinkedBlockingQueue<String>();
    var readers = new ArrayList<Thread>();
    for (var i = 0; i < 2; i++) {
      readers.add(Thread.ofPlatform().start(() -> follow(ring.after(0), last, faults)));
    }

    // When
    append(1, last);

    // Then
    for (var reader : readers) {
      reader.join();
    }
    assertThat(faults).isEmpty();
  }

  private static void follow(Cursor<String> cursor, long last, BlockingQueue<String> faults) {
    var next = 1L;
    while (next <= last) {
      switch (cursor.poll(3)) {
        case Batch.Facts<String>(var entries) -> {
          for (var entry : entries) {
            if (entry.sequence() != next || !entry.payload().equals("f" + next)) {
              faults.add("wanted " + next + ", got " + entry);
            }
            next = entry.sequence() + 1;
          }
        }
        case Batch.Gap<String>(var from, var to) -> {
          if (from != next || to < from) {
            faults.add("wanted " + next + ", gap from " + from + " to " + to);
          }
          next = to + 1;
        }
        case Batch.UpToDate<String> _ -> Thread.onSpinWait();
      }
    }
  }

  @Test
  void busCarriesTheNewestSequence() throws InterruptedException {
    // Given
    var woken = new LinkedBlockingQueue<Long>();
    FactRing.subscribe(vertx, woken::add);

    // When
    append(1, 50);

    // Then
    var newest = 0L;
    while (newest < 50) {
      newest = woken.poll(10, TimeUnit.SECONDS);
    }
    assertThat(newest).isEqualTo(50);
  }

  @Test
  void manyFactsShareAWakeUp() {
    // Given
    var woken = new LinkedBlockingQueue<Long>();
    FactRing.subscribe(vertx, woken::add);

    // When: the event loop that publishes is busy while facts are appended
    onLoop(() -> append(1, 1000));

    // Then
    onLoop(() -> {});
    onLoop(() -> {});
    assertThat(woken).hasSizeBetween(1, 2);
  }

  @Test
  void appendingOutlivesTheEventLoops() {
    // Given
    vertx.close().toCompletionStage().toCompletableFuture().join();

    // When
    append(1, 3);

    // Then
    assertThat(ring.newest()).isEqualTo(3);
  }

  @Test
  void ringOfNothingIsRefused() {
    assertThatThrownBy(() -> new EventsConfig(0))
        .isInstanceOf(RuntimeFault.class)
        .hasMessage("events.kept: 0 (expected: 1 to 1048576)");
  }

  private void onLoop(Runnable work) {
    var context = vertx.getOrCreateContext();
    var done = Promise.<Void>promise();
    context.runOnContext(
        _ -> {
          work.run();
          done.complete();
        });
    done.future().toCompletionStage().toCompletableFuture().join();
  }

  private void append(long from, long to) {
    LongStream.rangeClosed(from, to).forEach(sequence -> ring.append(sequence, "f" + sequence));
  }

  private static List<Long> sequences(Batch<String> batch) {
    return batch instanceof Batch.Facts<String>(var entries)
        ? entries.stream().map(Entry::sequence).toList()
        : List.of();
  }
}
