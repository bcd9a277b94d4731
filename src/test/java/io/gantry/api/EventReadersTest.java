package io.gantry.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.client.Waiting;
import io.gantry.errors.RuntimeFault;
import io.gantry.events.EventsConfig;
import io.gantry.events.FactRing;
import io.gantry.state.Change;
import io.gantry.state.FactDraft;
import io.gantry.state.FakeState;
import io.gantry.state.SequencedFact;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.WriteStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventReadersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int KEPT = 100;
  private static final int MANY = 200;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final FactRing<SequencedFact> ring = FactRing.of(vertx, new EventsConfig(KEPT));
  private final FakeState state =
      new FakeState(told -> told.forEach(fact -> ring.append(fact.sequence(), fact)));
  private final AtomicInteger encoded = new AtomicInteger();
  private final Bare bare = new Bare();
  private final EventReaders readers =
      onContext(() -> new EventReaders(vertx, ring, state, this::seen));

  /** Lists of sequences; a gap is a negative one for each fact that it has lost. */
  private static final class Bare extends EventForm<Client> {
    final AtomicInteger made = new AtomicInteger();

    @Override
    Formed<Client> formed(List<Event> events) {
      made.incrementAndGet();
      var text = new StringBuilder();
      events.forEach(it -> append(text, it));
      var bytes = Buffer.buffer(text.toString());
      return out -> out.write(bytes);
    }

    private static void append(StringBuilder text, Event event) {
      if (event.type().equals("gap")) {
        var lost = new JsonObject(event.data());
        LongStream.rangeClosed(lost.getLong("from"), lost.getLong("to"))
            .forEach(it -> text.append(-it).append(' '));
      } else {
        text.append(event.sequence()).append(' ');
      }
    }

    @Override
    void alive(Client out) {}
  }

  /** A connection that takes everything, or nothing. */
  private static final class Client implements WriteStream<Buffer> {
    final List<Buffer> written = new CopyOnWriteArrayList<>();
    volatile boolean full;
    private volatile Handler<Void> drained = _ -> {};

    List<Long> told() {
      var all = new StringBuilder();
      written.forEach(all::append);
      return all.isEmpty()
          ? List.of()
          : List.of(all.toString().strip().split(" ")).stream().map(Long::valueOf).toList();
    }

    boolean has(long last) {
      var told = told();
      return !told.isEmpty() && told.getLast() == last;
    }

    void drain() {
      full = false;
      drained.handle(null);
    }

    @Override
    public Future<Void> write(Buffer data) {
      written.add(data);
      return Future.succeededFuture();
    }

    @Override
    public boolean writeQueueFull() {
      return full;
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
      drained = handler == null ? _ -> {} : handler;
      return this;
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int max) {
      return this;
    }

    @Override
    public Future<Void> end() {
      return Future.succeededFuture();
    }
  }

  @AfterEach
  void closeVertx() throws Exception {
    vertx.close().await(30, TimeUnit.SECONDS);
  }

  @Test
  void whatManyWantIsMadeOnceAndIsTheSameBytesForAll() {
    // Given
    var clients = IntStream.range(0, MANY).mapToObj(_ -> follows("")).toList();

    // When
    facts("Drain", 50);

    // Then
    var all = LongStream.rangeClosed(1, 50).boxed().toList();
    assertThat(clients)
        .allSatisfy(
            it -> {
              assertThat(Waiting.until(PATIENCE, () -> it.has(50))).isTrue();
              assertThat(it.told()).isEqualTo(all);
            });
    assertThat(encoded).hasValue(50);
    Set<Buffer> pieces = Collections.newSetFromMap(new IdentityHashMap<>());
    clients.forEach(it -> pieces.addAll(it.written));
    assertThat(pieces).hasSize(bare.made.get()).hasSizeLessThanOrEqualTo(50);
  }

  @Test
  void otherFiltersShareTheFactsAndNotThePieces() {
    // Given
    var whole = follows("");
    var some = follows("Drain");
    var none = follows("Image");

    // When
    facts("Drain", 3);
    facts("Handler", 2);
    facts("Drain", 1);

    // Then
    assertThat(Waiting.until(PATIENCE, () -> whole.has(6) && some.has(6))).isTrue();
    assertThat(whole.told()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(some.told()).containsExactly(1L, 2L, 3L, 6L);
    assertThat(none.written).isEmpty();
    assertThat(encoded).hasValue(6);
  }

  @Test
  void whoHasNoRoomComesBackByTheOutboxAndHoldsUpNobody() {
    // Given
    var slow = follows("");
    var swift = follows("");
    facts("Drain", 1);
    assertThat(Waiting.until(PATIENCE, () -> slow.has(1))).isTrue();
    slow.full = true;

    // When more come than are kept in memory
    for (var sent = 1; sent < 5 * KEPT; sent += 50) {
      facts("Drain", 50);
      var last = sent + 50;
      assertThat(Waiting.until(PATIENCE, () -> swift.has(last))).isTrue();
    }

    // Then
    var newest = state.lastSequence();
    assertThat(slow.told()).containsExactly(1L);
    onContext(
        () -> {
          slow.drain();
          return true;
        });
    assertThat(Waiting.until(PATIENCE, () -> slow.has(newest))).isTrue();
    assertThat(slow.told()).isEqualTo(LongStream.rangeClosed(1, newest).boxed().toList());
    assertThat(swift.told()).isEqualTo(slow.told());
  }

  @Test
  void whatTheOutboxHasNotIsToldAsAGap() {
    // Given facts that only the ring of an earlier daemon had
    ring.startAfter(20);

    // When
    var late = follows("Drain");
    ring.append(21, fact(21));

    // Then
    assertThat(Waiting.until(PATIENCE, () -> late.has(21))).isTrue();
    var lost = new ArrayList<>(LongStream.rangeClosed(1, 20).map(it -> -it).boxed().toList());
    lost.add(21L);
    assertThat(late.told()).isEqualTo(lost);
  }

  @Test
  void aFactThatCannotBeToldEndsThoseWhoWantItAlone() {
    // Given
    var over = Promise.<Void>promise();
    var hit = new Client();
    onContext(() -> serve(hit, "")).onComplete(over);
    var spared = follows("Drain");

    // When
    facts("Broken", 1);
    facts("Drain", 1);

    // Then
    assertThat(Waiting.until(PATIENCE, () -> over.future().failed() && spared.has(2))).isTrue();
    assertThat(over.future().cause()).hasMessageContaining("unreadable");
  }

  private Client follows(String prefix) {
    var client = new Client();
    onContext(() -> serve(client, prefix));
    return client;
  }

  private Future<Void> serve(Client client, String prefix) {
    var call = Call.internal(Call.Tools.plain(), "followEvents");
    return readers.serve(call, client, bare, 0, prefix);
  }

  private JsonObject seen(SequencedFact fact) {
    if (fact.type().equals("Broken")) {
      throw RuntimeFault.internal("unreadable", null);
    }
    encoded.incrementAndGet();
    return new JsonObject().put("subject", fact.subject());
  }

  private void facts(String type, int count) {
    for (var i = 0; i < count; i++) {
      var draft = new FactDraft(type, "it", new JsonObject());
      var change = new Change(List.of(), List.of(), List.of(draft), false, () -> {});
      assertThat(state.commit(Call.internal(Call.Tools.plain(), "it"), change).succeeded())
          .isTrue();
    }
  }

  private static SequencedFact fact(long sequence) {
    return new SequencedFact(sequence, Instant.EPOCH, "DrainBegun", "it", "{}");
  }

  private <T> T onContext(Supplier<T> work) {
    var done = Promise.<T>promise();
    context.runOnContext(_ -> done.complete(work.get()));
    try {
      return done.future().await(30, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new IllegalStateException(late);
    }
  }
}
