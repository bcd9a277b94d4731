package io.gantry.api;

import io.gantry.api.EventForm.Event;
import io.gantry.api.EventForm.Formed;
import io.gantry.call.Call;
import io.gantry.events.Batch;
import io.gantry.events.Entry;
import io.gantry.events.FactRing;
import io.gantry.state.SequencedFact;
import io.gantry.state.State;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All who follow the facts. They are served in rounds: whoever has room gets what is ready in one
 * piece, which is made once for all who are at the same place and want the same. What the ring in
 * memory no longer has comes from the outbox; what that no longer has is told as a gap.
 *
 * <p>A round that took long is followed by as long a rest, in which facts gather: with many readers
 * there are fewer and larger pieces, and the event loop has time for others.
 *
 * <p>Confined to the context that made it. What is kept: {@value #REMEMBERED} facts as text, the
 * pieces of one round, and for each reader what its connection holds, less than a piece more than
 * its high-water mark.
 */
final class EventReaders {
  private static final int PIECE = 64;
  private static final int REMEMBERED = 1024;
  private static final int PAGE = 200;
  private static final long KEEPALIVE_MILLIS = 15_000;
  private static final long RECHECK_MILLIS = 1_000;
  private static final long REST_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(50);

  /** Facts are put together once for all who agree in this. */
  private record Place(long position, String prefix, EventForm<?> form) {}

  /** What comes next at a place. */
  private sealed interface Next {
    record Piece(long upTo, Formed<?> formed, boolean empty) implements Next {}

    record Lost(long from, long to) implements Next {}

    record Nothing() implements Next {}
  }

  private final Vertx vertx;
  private final FactRing<SequencedFact> facts;
  private final State state;
  private final Function<SequencedFact, JsonObject> seen;
  private final Context context;
  private final Set<Reader<?>> readers = new LinkedHashSet<>();
  private final SequencedMap<Long, Event> remembered = new LinkedHashMap<>();
  private boolean awaited;
  private long restsUntil = System.nanoTime();

  /**
   * @param seen what clients see of a fact
   */
  EventReaders(
      Vertx vertx,
      FactRing<SequencedFact> facts,
      State state,
      Function<SequencedFact, JsonObject> seen) {
    this.vertx = vertx;
    this.facts = facts;
    this.state = state;
    this.seen = seen;
    this.context = vertx.getOrCreateContext();
    FactRing.subscribe(vertx, _ -> wake());
    vertx.setPeriodic(RECHECK_MILLIS, _ -> wake());
    vertx.setPeriodic(KEEPALIVE_MILLIS, _ -> List.copyOf(readers).forEach(Reader::alive));
  }

  /**
   * Tells {@code out} the facts after {@code since} whose types begin with {@code prefix}, until
   * the client goes away or the call is cancelled.
   */
  <O extends WriteStream<Buffer>> Future<Void> serve(
      Call call, O out, EventForm<O> form, long since, String prefix) {
    var reader = new Reader<>(out, form, since, prefix);
    readers.add(reader);
    call.onCancel(reader.over::tryComplete);
    wake();
    return reader.over.future().onComplete(_ -> readers.remove(reader));
  }

  private void wake() {
    if (awaited || readers.isEmpty()) {
      return;
    }
    awaited = true;
    var rest = TimeUnit.NANOSECONDS.toMillis(restsUntil - System.nanoTime());
    if (rest > 0) {
      vertx.setTimer(rest, _ -> round());
    } else {
      context.runOnContext(_ -> round());
    }
  }

  private void round() {
    awaited = false; // first: a reader that throws must not stop the rounds for good
    var begun = System.nanoTime();
    var pieces = new HashMap<Place, Next>();
    var more = false;
    for (var reader : List.copyOf(readers)) {
      if (reader.hasRoom()) {
        more |= served(reader, pieces);
      }
    }
    var ended = System.nanoTime();
    restsUntil = ended + Math.min(ended - begun, REST_NANOS_MAX);
    if (more) {
      wake();
    }
  }

  /** Whether there may be more for it at once. A fact that cannot be told ends who wants it. */
  private boolean served(Reader<?> reader, Map<Place, Next> pieces) {
    try {
      return reader.take(pieces.computeIfAbsent(reader.place(), this::next));
    } catch (RuntimeException thrown) {
      reader.over.tryFail(thrown);
      return false;
    }
  }

  private Next next(Place place) {
    return switch (facts.after(place.position).poll(PIECE)) {
      case Batch.Facts<SequencedFact>(var entries) ->
          piece(entries.stream().map(Entry::payload).toList(), place);
      case Batch.Gap<SequencedFact>(var from, var to) -> new Next.Lost(from, to);
      case Batch.UpToDate<SequencedFact> _ -> new Next.Nothing();
    };
  }

  private Next.Piece piece(List<SequencedFact> all, Place place) {
    var wanted = all.stream().filter(it -> it.type().startsWith(place.prefix)).map(this::event);
    var events = wanted.toList();
    return new Next.Piece(all.getLast().sequence(), place.form.formed(events), events.isEmpty());
  }

  private Event event(SequencedFact fact) {
    var known = remembered.get(fact.sequence());
    if (known != null) {
      return known;
    }
    var event = new Event(fact.sequence(), fact.type(), seen.apply(fact).encode());
    remembered.put(fact.sequence(), event);
    if (remembered.size() > REMEMBERED) {
      remembered.pollFirstEntry();
    }
    return event;
  }

  private final class Reader<O extends WriteStream<Buffer>> {
    private final O out;
    private final EventForm<O> form;
    private final String prefix;
    private final Promise<Void> over = Promise.promise();
    private long position;
    private boolean fills;
    private Promise<Void> room = Promise.promise();

    Reader(O out, EventForm<O> form, long since, String prefix) {
      this.out = out;
      this.form = form;
      this.position = since;
      this.prefix = prefix;
      out.exceptionHandler(_ -> over.tryComplete());
      out.drainHandler(_ -> drained());
      if (out instanceof ServerWebSocket socket) {
        socket.closeHandler(_ -> over.tryComplete());
        socket.handler(_ -> {}); // nothing that a client says means anything
      }
    }

    Place place() {
      return new Place(position, prefix, form);
    }

    boolean hasRoom() {
      return !fills && !over.future().isComplete() && !out.writeQueueFull();
    }

    void alive() {
      if (!out.writeQueueFull()) {
        form.alive(out);
      }
    }

    /** Whether there may be more at once. */
    boolean take(Next next) {
      return switch (next) {
        case Next.Piece piece -> {
          write(piece);
          yield piece.upTo < facts.newest();
        }
        case Next.Lost(var from, var to) -> {
          fills = true;
          fill(from, to).onComplete(done -> filled(done.cause(), to));
          yield false;
        }
        case Next.Nothing _ -> false;
      };
    }

    @SuppressWarnings("unchecked") // a place has a reader's form
    private void write(Next.Piece piece) {
      position = piece.upTo;
      if (!piece.empty) {
        ((Formed<O>) piece.formed).writeTo(out);
      }
    }

    private void filled(@Nullable Throwable cause, long to) {
      fills = false;
      if (cause != null) {
        over.tryFail(cause);
      } else {
        position = to;
        wake();
      }
    }

    /** Tells the facts from {@code from} to {@code to}, as far as the outbox has them. */
    private Future<Void> fill(long from, long to) {
      if (from > to) {
        return Future.succeededFuture();
      }
      return state.facts(from - 1, PAGE).compose(found -> caughtUp(found, from, to));
    }

    private Future<Void> caughtUp(List<SequencedFact> found, long from, long to) {
      var first = found.isEmpty() ? to + 1 : Math.min(to + 1, found.getFirst().sequence());
      var events = new ArrayList<Event>();
      if (first > from) {
        var lost = new JsonObject().put("from", from).put("to", first - 1);
        events.add(new Event(first - 1, "gap", lost.encode()));
      }
      found.stream()
          .filter(it -> it.sequence() <= to && it.type().startsWith(prefix))
          .forEach(it -> events.add(event(it)));
      if (!events.isEmpty()) {
        form.formed(events).writeTo(out);
      }
      var next = found.isEmpty() ? to + 1 : found.getLast().sequence() + 1;
      return roomy().compose(_ -> fill(next, to));
    }

    /** Stays open if the client goes away. */
    private Future<Void> roomy() {
      if (!out.writeQueueFull()) {
        return Future.succeededFuture();
      }
      room = Promise.promise();
      return room.future();
    }

    private void drained() {
      room.tryComplete();
      wake();
    }
  }
}
