package io.gantry.state;

import io.gantry.call.Call;
import io.gantry.call.Lanes;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * All objects of one kind in memory, and how they get to disk: memory changes once the disk has.
 * Reads need no lock and wait for nothing.
 *
 * @param <R> the kind
 */
public final class Records<R extends Recorded> {
  private final State state;
  private final String kind;
  private final Class<R> type;
  private final ConcurrentMap<String, R> all = new ConcurrentHashMap<>();
  private final Lanes<String> lanes = new Lanes<>();

  private Records(State state, String kind, Class<R> type) {
    this.state = state;
    this.kind = kind;
    this.type = type;
  }

  /** What the file has of {@code kind}; a row that does not fit is reported and set aside. */
  public static <R extends Recorded> Future<Records<R>> load(
      State state, String kind, Class<R> type) {
    var records = new Records<>(state, kind, type);
    return state
        .load(kind)
        .compose(rows -> Future.join(rows.stream().map(records::read).toList()))
        .map(records);
  }

  private Future<Void> read(Row row) {
    try {
      all.put(row.id(), Json.decode(row.body(), type));
      return Future.succeededFuture();
    } catch (RuntimeException unreadable) {
      return state.setAside(
          new Change.Key(kind, row.id()), String.valueOf(unreadable.getMessage()));
    }
  }

  public Optional<R> find(String key) {
    return Optional.ofNullable(all.get(key));
  }

  public Collection<R> all() {
    return List.copyOf(all.values());
  }

  /** Writes a new object without telling of it. */
  public Future<Void> add(Call call, R object) {
    return state.commit(call, put(object));
  }

  /** Brings what has been added to the disk itself: before anything outside is told of it. */
  public Future<Void> sync() {
    return state.sync();
  }

  /** Writes a new object, synced: before anything outside is told of it. */
  public Future<Void> announce(Call call, R object) {
    return state.commit(call, put(object).synced());
  }

  /** The same, and tells {@code fact}. */
  public Future<Void> announce(Call call, R object, String fact) {
    return state.commit(call, telling(object, fact).synced());
  }

  /**
   * Changes an object that is here: the one way. Changes of one object happen one at a time, in
   * call order, each told as a fact; one that changes nothing is not written. An object that is
   * gone stays gone.
   */
  public Future<Void> change(Call call, String key, UnaryOperator<R> next) {
    return change(call, key, next, then -> telling(then, then.fact()));
  }

  /** The same, told as {@code fact}. */
  public Future<Void> change(Call call, String key, UnaryOperator<R> next, String fact) {
    return change(call, key, next, then -> telling(then, fact));
  }

  /** The same for what is no fact about the object: nobody is told. */
  public Future<Void> amend(Call call, String key, UnaryOperator<R> next) {
    return change(call, key, next, this::put);
  }

  private Future<Void> change(
      Call call, String key, UnaryOperator<R> next, Function<R, Change> written) {
    return lanes.enter(
        key,
        () -> {
          var now = all.get(key);
          if (now == null) {
            return Future.succeededFuture();
          }
          var then = next.apply(now);
          return then.equals(now)
              ? Future.succeededFuture()
              : state.commit(call, written.apply(then));
        });
  }

  /** Takes an object away without telling: nobody ever saw it. */
  public Future<Void> forget(Call call, R object) {
    return state.commit(call, removal(object));
  }

  /** The same, synced: before anybody relies on it that the object is no more. */
  public Future<Void> withdraw(Call call, R object) {
    return state.commit(call, removal(object).synced());
  }

  /** The same, and tells {@code fact}. */
  public Future<Void> withdraw(Call call, R object, String fact) {
    return state.commit(call, removal(object).synced().telling(told(object, fact)));
  }

  /** Takes an object away, and tells {@code fact}. */
  public Future<Void> remove(Call call, R object, String fact) {
    return state.commit(call, removal(object).telling(told(object, fact)));
  }

  private static FactDraft told(Recorded object, String fact) {
    return new FactDraft(fact, object.key(), Json.text(object));
  }

  private Change put(R object) {
    return put(object, Json.text(object));
  }

  private Change telling(R object, String fact) {
    var text = Json.text(object);
    return put(object, text).telling(new FactDraft(fact, object.key(), text));
  }

  private Change put(R object, String text) {
    var row =
        new Row(kind, object.key(), object.owner(), object.bootId(), object.requestHash(), text);
    return Change.put(row).then(() -> all.put(object.key(), object));
  }

  private Change removal(R object) {
    return Change.remove(kind, object.key()).then(() -> all.remove(object.key()));
  }
}
