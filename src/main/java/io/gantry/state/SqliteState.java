package io.gantry.state;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/**
 * One thread owns the file and takes jobs from a queue. Changes that came while it was busy share
 * its next transaction; if that fails, each is tried alone.
 *
 * <pre>
 *   callers ──► queue ──► BEGIN, all that wait, COMMIT ──► applied, told, answered: each in order
 * </pre>
 */
final class SqliteState implements State {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteState.class);
  private static final int BATCH_MAX = 256;

  /** A disk that hangs must not fill the memory with what waits for it. */
  private static final int WAITING_MAX = 4096;

  private static final int FACTS_MAX = 1000;

  /** Far above any record we write; keeps one caller from stalling the writer. */
  private static final int CHARS_MAX = 16 << 20;

  private sealed interface Job {
    Answer<?> answer();

    record Commit(Change change, Answer<@Nullable Void> answer) implements Job {}

    /** Anything else that is asked of the file. */
    record Ask<T extends @Nullable Object>(Question<T> question, Answer<T> answer) implements Job {}

    record Close(Answer<@Nullable Void> answer) implements Job {}
  }

  private interface Question<T extends @Nullable Object> {
    T put(SqliteFile file) throws SQLException;
  }

  private final Vertx vertx;
  private final SqliteFile file;
  private final Consumer<List<SequencedFact>> told;
  private final BlockingQueue<Job> waiting = new LinkedBlockingQueue<>();
  private volatile long lastSequence;
  private volatile boolean ended;

  private SqliteState(Vertx vertx, SqliteFile file, Consumer<List<SequencedFact>> told) {
    this.vertx = vertx;
    this.file = file;
    this.told = told;
    this.lastSequence = file.lastSequence();
  }

  /** Opens on the thread that will write. */
  static Future<State> open(
      Vertx vertx, Supplier<SqliteFile> opening, Consumer<List<SequencedFact>> told) {
    Answer<State> answer = Answer.to(vertx);
    Thread.ofPlatform()
        .daemon()
        .name("gantry-state")
        .start(() -> serve(vertx, opening, told, answer));
    return answer.future();
  }

  private static void serve(
      Vertx vertx,
      Supplier<SqliteFile> opening,
      Consumer<List<SequencedFact>> told,
      Answer<State> answer) {
    SqliteState state;
    try {
      state = new SqliteState(vertx, opening.get(), told);
    } catch (RuntimeException | LinkageError failed) { // a native library may be missing
      answer.fail(RuntimeFault.of(failed));
      return;
    }
    answer.succeed(state);
    state.serve();
  }

  @Override
  public Future<Void> commit(Call call, Change change) {
    return call.phase("commit", () -> commit(change));
  }

  private Future<Void> commit(Change change) {
    if (waiting.size() >= WAITING_MAX) {
      return Future.failedFuture(
          RuntimeFault.exhausted(
              "state file: %s: %d changes wait for the disk (expected: fewer)"
                  .formatted(file.path(), WAITING_MAX)));
    }
    return tooLong(change)
        .<Future<Void>>map(Future::failedFuture)
        .orElseGet(() -> enqueue(new Job.Commit(change, Answer.to(vertx))));
  }

  private static Optional<RuntimeFault> tooLong(Change change) {
    return change.puts().stream()
        .filter(row -> row.body().length() > CHARS_MAX)
        .map(
            row ->
                RuntimeFault.exhausted(
                    "record: %s %s has %d characters (expected: at most %d)"
                        .formatted(row.kind(), row.id(), row.body().length(), CHARS_MAX)))
        .findFirst();
  }

  @Override
  public Future<Void> sync() {
    return ask(open -> {
          open.sync();
          return true;
        })
        .mapEmpty();
  }

  @Override
  public Future<List<Row>> load(String kind) {
    return ask(open -> open.load(kind));
  }

  @Override
  public Future<Void> setAside(Change.Key record, String reason) {
    return ask(open -> open.setAside(record, reason)).mapEmpty();
  }

  @Override
  public Future<List<SequencedFact>> facts(long sequence, int limit) {
    return ask(open -> open.facts(sequence, Math.min(limit, FACTS_MAX)));
  }

  @Override
  public long lastSequence() {
    return lastSequence;
  }

  @Override
  public Future<Void> close() {
    return enqueue(new Job.Close(Answer.to(vertx)));
  }

  /** Counts committed transactions; right once the writer is at rest. */
  long transactions() {
    return file.transactions();
  }

  private <T extends @Nullable Object> Future<T> ask(Question<T> question) {
    var job = new Job.Ask<>(question, Answer.<T>to(vertx));
    add(job);
    return job.answer.future();
  }

  private Future<Void> enqueue(Job job) {
    add(job);
    return job.answer().future().mapEmpty();
  }

  private void add(Job job) {
    waiting.add(job);
    if (ended) { // looked at after adding: either the writer's last look finds the job, or we do
      refuseWaiting();
    }
  }

  private void refuseWaiting() {
    for (var job = waiting.poll(); job != null; job = waiting.poll()) {
      switch (job) {
        case Job.Close(var answer) -> answer.succeed(null);
        case Job.Commit _, Job.Ask<?> _ ->
            job.answer()
                .fail(RuntimeFault.unavailable("state file: " + file.path() + ": closed", null));
      }
    }
  }

  // From here on everything runs on the writer's thread.

  private void serve() {
    try {
      while (!ended) {
        serve(waiting.take());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      end();
    } finally {
      ended = true; // also when an Error ends this thread: nobody may wait for it
      refuseWaiting();
    }
  }

  private void serve(Job job) {
    switch (job) {
      case Job.Commit first -> {
        commit(withWaiting(first));
        file.tidy();
      }
      case Job.Ask<?> ask -> answer(ask);
      case Job.Close(var answer) -> end().ifPresentOrElse(answer::fail, () -> answer.succeed(null));
    }
  }

  private List<Job.Commit> withWaiting(Job.Commit first) {
    var batch = new ArrayList<Job.Commit>();
    batch.add(first);
    while (batch.size() < BATCH_MAX && waiting.peek() instanceof Job.Commit next) {
      waiting.remove();
      batch.add(next);
    }
    return batch;
  }

  private void commit(List<Job.Commit> batch) {
    List<List<SequencedFact>> facts;
    try {
      facts = file.write(batch.stream().map(Job.Commit::change).toList());
    } catch (SQLException | RuntimeException failed) {
      settleFailed(batch, failed);
      return;
    }
    lastSequence = file.lastSequence();
    for (var i = 0; i < batch.size(); i++) {
      settle(batch.get(i), facts.get(i));
    }
  }

  private void settleFailed(List<Job.Commit> batch, Exception failed) {
    if (is(SQLiteErrorCode.SQLITE_FULL, failed) && file.makeRoom()) {
      commit(batch);
    } else if (batch.size() == 1 || is(SQLiteErrorCode.SQLITE_IOERR, failed)) {
      // No second try: after a failed sync the kernel drops what it could not write, and the next
      // sync would succeed without it.
      var fault = fault(failed);
      batch.forEach(one -> one.answer.fail(fault));
    } else {
      batch.forEach(one -> commit(List.of(one)));
    }
  }

  private static boolean is(SQLiteErrorCode code, Exception failed) {
    return failed instanceof SQLException sql && Sql.code(sql) == code;
  }

  private void settle(Job.Commit done, List<SequencedFact> facts) {
    try {
      applyAndTell(done.change, facts);
      done.answer.succeed(null);
    } catch (RuntimeException bug) {
      LOG.atError().setCause(bug).log("a change is on disk, but could not be applied or told");
      done.answer.fail(RuntimeFault.of(bug));
    }
  }

  private void applyAndTell(Change change, List<SequencedFact> facts) {
    try {
      change.applied().run();
    } finally {
      if (!facts.isEmpty()) {
        told.accept(facts);
      }
    }
  }

  private <T extends @Nullable Object> void answer(Job.Ask<T> ask) {
    try {
      ask.answer.succeed(ask.question.put(file));
    } catch (SQLException | RuntimeException failed) {
      ask.answer.fail(fault(failed));
    }
  }

  private Optional<RuntimeFault> end() {
    ended = true;
    try {
      file.close();
      return Optional.empty();
    } catch (SQLException failed) {
      return Optional.of(fault(failed));
    }
  }

  private RuntimeFault fault(Exception failed) {
    return failed instanceof SQLException sql
        ? Sql.fault(file.path(), sql)
        : RuntimeFault.of(failed);
  }
}
