package io.gantry.state;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * State in memory, for the tests of its users. A commit takes effect before {@link #commit}
 * returns; what a closed one kept can be opened again by {@link #reopened}.
 */
public final class FakeState implements State {
  private final Map<Change.Key, Row> rows = new LinkedHashMap<>();
  private final List<SequencedFact> facts = new ArrayList<>();
  private final List<Change> commits = new ArrayList<>();
  private final List<Change.Key> setAside = new ArrayList<>();
  private final Deque<RuntimeFault> failures = new ArrayDeque<>();
  private final Consumer<List<SequencedFact>> told;
  private boolean closed;
  private int synced;

  /** One whose facts nobody hears. */
  public FakeState() {
    this(_ -> {});
  }

  public FakeState(Consumer<List<SequencedFact>> told) {
    this.told = told;
  }

  /** The next commit fails with {@code fault} and changes nothing; call again for the one after. */
  public synchronized FakeState failNext(RuntimeFault fault) {
    failures.add(fault);
    return this;
  }

  /** What a daemon that starts again would find. */
  public synchronized FakeState reopened(Consumer<List<SequencedFact>> hearer) {
    var again = new FakeState(hearer);
    again.rows.putAll(rows);
    again.facts.addAll(facts);
    return again;
  }

  /** Writes a row behind everybody's back, as an earlier run would have. */
  public synchronized FakeState with(Row row) {
    rows.put(key(row), row);
    return this;
  }

  public synchronized Optional<Row> row(String kind, String id) {
    return Optional.ofNullable(rows.get(new Change.Key(kind, id)));
  }

  public synchronized List<Row> rows(String kind) {
    return rows.values().stream().filter(row -> row.kind().equals(kind)).toList();
  }

  /** All facts, oldest first. */
  public synchronized List<SequencedFact> facts() {
    return List.copyOf(facts);
  }

  /** The types of all facts, oldest first. */
  public synchronized List<String> factTypes() {
    return facts.stream().map(SequencedFact::type).toList();
  }

  /** The changes that were committed, in order. */
  public synchronized List<Change> commits() {
    return List.copyOf(commits);
  }

  public synchronized List<Change.Key> setAside() {
    return List.copyOf(setAside);
  }

  @Override
  public synchronized Future<Void> commit(Call call, Change change) {
    if (closed) {
      return refused();
    }
    var failure = failures.poll();
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    change.removals().forEach(rows::remove);
    change.puts().forEach(row -> rows.merge(key(row), row, FakeState::keepingUnknown));
    var fresh = new ArrayList<SequencedFact>();
    for (var draft : change.facts()) {
      fresh.add(sequenced(facts.size() + 1L, draft));
      facts.add(fresh.getLast());
    }
    commits.add(change);
    change.applied().run();
    if (!fresh.isEmpty()) {
      told.accept(List.copyOf(fresh));
    }
    return Future.succeededFuture();
  }

  /** How many changes had been committed when a sync was asked for last. */
  public synchronized int synced() {
    return synced;
  }

  @Override
  public synchronized Future<Void> sync() {
    synced = commits.size();
    return closed ? refused() : Future.succeededFuture();
  }

  @Override
  public synchronized Future<List<Row>> load(String kind) {
    return closed ? refused() : Future.succeededFuture(rows(kind));
  }

  @Override
  public synchronized Future<Void> setAside(Change.Key record, String reason) {
    if (closed) {
      return refused();
    }
    if (rows.remove(record) != null) {
      setAside.add(record);
    }
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<List<SequencedFact>> facts(long sequence, int limit) {
    return closed
        ? refused()
        : Future.succeededFuture(
            facts.stream().filter(fact -> fact.sequence() > sequence).limit(limit).toList());
  }

  @Override
  public synchronized long lastSequence() {
    return facts.size();
  }

  @Override
  public synchronized Future<Void> close() {
    closed = true;
    return Future.succeededFuture();
  }

  private static Change.Key key(Row row) {
    return new Change.Key(row.kind(), row.id());
  }

  private static Row keepingUnknown(Row old, Row row) {
    var body = new JsonObject(old.body()).mergeIn(new JsonObject(row.body())).encode();
    return new Row(row.kind(), row.id(), row.owner(), row.bootId(), row.requestHash(), body);
  }

  /** Times rise by a second a fact, so that they can be told apart. */
  private static SequencedFact sequenced(long sequence, FactDraft draft) {
    return new SequencedFact(
        sequence, Instant.ofEpochSecond(sequence), draft.type(), draft.subject(), draft.snapshot());
  }

  private static <T> Future<T> refused() {
    return Future.failedFuture(RuntimeFault.unavailable("state: closed", null));
  }
}
