package io.gantry.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;

class SqliteStateTest extends StateContract {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05.678901234Z"), ZoneOffset.UTC);

  private final Vertx vertx = Vertx.vertx();
  @TempDir Path folder;
  private Path file;
  private State state;

  @BeforeEach
  void open() {
    file = folder.resolve("state.db");
    state = await(Sqlite.open(vertx, file, CLOCK, tell));
  }

  @AfterEach
  void close() {
    await(state.close());
    await(vertx.close());
  }

  @Override
  protected State state() {
    return state;
  }

  @Override
  protected State reopened() {
    await(state.close());
    open();
    return state;
  }

  @Test
  void everythingSurvivesARestart() {
    // Given
    var row = new Row("sandbox", "s1", "gantry", "boot-7", "abc", "{\"ip\":\"10.1.2.3\"}");
    var draft = new FactDraft("SandboxReady", "s1", new JsonObject().put("n", 1));
    await(state.commit(call, Change.put(row).telling(draft).synced()));

    // When
    var again = reopened();

    // Then
    assertThat(await(again.load("sandbox"))).containsExactly(row);
    assertThat(await(again.facts(0, 10)))
        .containsExactly(
            new SequencedFact(1, CLOCK.instant(), "SandboxReady", "s1", draft.snapshot()));
  }

  @Test
  void waitingCommitsShareATransaction() {
    // Given: a writer held up by the first change
    var go = new CountDownLatch(1);
    var first = state.commit(call, telling("first").then(() -> waitFor(go)));
    var before = transactions();

    // When
    var commits = IntStream.range(0, 200).mapToObj(i -> state.commit(call, telling("c" + i)));
    var all = Future.all(commits.toList());
    go.countDown();
    await(all);

    // Then: one for the first, perhaps, and one for all others
    await(first);
    assertThat(transactions() - before).isBetween(1L, 2L);
    assertThat(await(state.load("container"))).hasSize(201);
  }

  @Test
  void futureCompletesOnTheCallersContext() {
    // Given
    var asked = new AtomicReference<Context>();
    var answered = Promise.<Context>promise();

    // When
    vertx.runOnContext(
        _ -> {
          asked.set(Vertx.currentContext());
          state
              .commit(call, telling("c1"))
              .onComplete(_ -> answered.complete(Vertx.currentContext()));
        });

    // Then
    assertThat(await(answered.future())).isNotNull().isSameAs(asked.get());
  }

  @Test
  void callerWithoutAContextIsNotAnsweredOnTheWriter() {
    // Given: a writer held up, so that the answer comes after the question
    var go = new CountDownLatch(1);
    state.commit(call, telling("first").then(() -> waitFor(go)));
    var answered = Promise.<Context>promise();

    // When
    state.load("container").onComplete(_ -> answered.complete(Vertx.currentContext()));
    go.countDown();

    // Then
    assertThat(await(answered.future())).isNotNull();
  }

  @Test
  void changeThatFailsFailsAlone() throws SQLException {
    // Given: a file that may not grow by much, and a writer held up so that all share a batch
    var small = limitedTo(60);
    var go = new CountDownLatch(1);
    var first = small.commit(call, telling("first").then(() -> waitFor(go)));
    var large =
        Change.put(row("large", new JsonObject().put("x", "x".repeat(1 << 20))))
            .telling(fact("large"))
            .then(() -> seen.add("applied large"));

    // When
    var before = small.commit(call, telling("before"));
    var failing = small.commit(call, large);
    var after = small.commit(call, telling("after"));
    go.countDown();

    // Then
    await(Future.all(first, before, after));
    assertThat(faultOf(failing).kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
    assertThat(faultOf(failing)).hasMessageEndingWith("disk full (expected: free space)");
    assertThat(seen).containsExactly("told 1", "told 2", "told 3");
    assertThat(await(small.load("container")))
        .extracting(Row::id)
        .containsExactly("first", "before", "after");
    assertThat(await(small.facts(0, 10)))
        .extracting(SequencedFact::subject)
        .containsExactly("first", "before", "after");
    await(small.close());
  }

  @Test
  void recordBeyondReasonIsRefused() {
    var huge = Change.put(row("huge", new JsonObject().put("x", "x".repeat(17 << 20))));

    assertThat(faultOf(state.commit(call, huge)).kind()).isEqualTo(Kind.RESOURCE_EXHAUSTED);
  }

  @Test
  void failureInsideAChangeLeavesNothingOfIt() {
    // Given: a fact that SQLite refuses, after a row that it takes
    var half =
        Change.put(row("half", new JsonObject()))
            .telling(fact("half"))
            .telling(new FactDraft("Bad", "x", new JsonObject()));
    var refusing = clockThatFailsAt(2);
    var other = folder.resolve("other.db");
    var opened = await(Sqlite.open(vertx, other, refusing, tell));

    // When
    var commit = opened.commit(call, half);

    // Then
    assertThat(faultOf(commit).kind()).isEqualTo(Kind.INTERNAL);
    assertThat(await(opened.load("container"))).isEmpty();
    assertThat(opened.lastSequence()).isZero();
    await(opened.commit(call, telling("whole")));
    assertThat(opened.lastSequence()).isEqualTo(1);
    await(opened.close());
  }

  @Test
  void closeCommitsWhatWaits() {
    // Given
    var go = new CountDownLatch(1);
    state.commit(call, telling("first").then(() -> waitFor(go)));
    var waiting = IntStream.range(0, 50).mapToObj(i -> state.commit(call, telling("c" + i)));
    var all = Future.all(waiting.toList());

    // When
    var closed = state.close();
    go.countDown();
    await(closed);

    // Then
    await(all);
    open();
    assertThat(await(state.load("container"))).hasSize(51);
  }

  @Test
  void bugInAppliedStopsNeitherTheFactsNorTheWriter() {
    // Given
    var buggy =
        telling("c1")
            .then(
                () -> {
                  throw new IllegalStateException("a bug");
                });

    // When
    var commit = state.commit(call, buggy);

    // Then
    assertThat(faultOf(commit).kind()).isEqualTo(Kind.INTERNAL);
    await(state.commit(call, telling("c2")));
    assertThat(seen).containsExactly("told 1", "told 2");
  }

  @Test
  void unreadableRecordsAreSetAside() throws SQLException {
    // Given
    await(state.commit(call, telling("good").and(telling("torn")).and(telling("list"))));
    await(state.commit(call, telling("typed")));
    await(state.close());
    sql("UPDATE record SET body = '{\"id\": ' WHERE id = 'torn'");
    sql("UPDATE record SET body = '[1]' WHERE id = 'list'");
    sql("UPDATE record SET boot_id = x'00ff' WHERE id = 'typed'");

    // When
    open();
    var loaded = await(state.load("container"));

    // Then
    assertThat(loaded).extracting(Row::id).containsExactly("good");
    assertThat(await(state.load("container"))).hasSize(1);
    await(state.close());
    assertThat(texts("SELECT id || ' ' || body FROM set_aside ORDER BY id"))
        .containsExactly("list [1]", "torn {\"id\": ", "typed {\"id\":\"typed\"}");
    assertThat(texts("SELECT reason FROM set_aside ORDER BY id"))
        .startsWith("body is not a JSON object")
        .endsWith("boot_id is not text");
  }

  @Test
  void putOverAnUnreadableRecordKeepsACopyOfIt() throws SQLException {
    // Given
    await(state.commit(call, telling("c1")));
    await(state.close());
    sql("UPDATE record SET body = 'nonsense'");
    open();

    // When
    await(state.commit(call, telling("c1")));

    // Then
    assertThat(await(state.load("container"))).hasSize(1);
    await(state.close());
    assertThat(texts("SELECT body FROM set_aside")).containsExactly("nonsense");
  }

  @Test
  void unreadableFactKeepsItsPlace() throws SQLException {
    // Given
    await(state.commit(call, telling("c1").telling(fact("c1")).telling(fact("c1"))));
    await(state.close());
    sql("UPDATE outbox SET snapshot = '{' WHERE seq = 2");

    // When
    open();
    var facts = await(state.facts(0, 10));

    // Then
    assertThat(facts).extracting(SequencedFact::sequence).containsExactly(1L, 2L, 3L);
    assertThat(facts.get(1).snapshot()).isEqualTo(new JsonObject());
  }

  @Test
  void outboxKeepsTheNewest() {
    // Given
    var drafts = IntStream.range(0, 500).mapToObj(i -> fact("c" + i)).toList();
    var change = new Change(List.of(), List.of(), drafts, false, () -> {});

    // When
    for (var i = 0; i < 23; i++) {
      await(state.commit(call, change));
    }

    // Then: pruned to 10,000 when there were 11,000
    assertThat(state.lastSequence()).isEqualTo(11_500);
    assertThat(await(state.facts(0, 1)).getFirst().sequence()).isEqualTo(1_001);
    assertThat(await(state.facts(0, 5_000))).as("one answer is bounded").hasSize(1000);
    assertThat(reopened().lastSequence()).isEqualTo(11_500);
  }

  @Test
  void newerFileThatOnlyAddedIsOpenedAndKeepsWhatItAdded() throws SQLException {
    // Given
    await(state.commit(call, telling("c1")));
    await(state.close());
    sql("ALTER TABLE record ADD COLUMN colour TEXT");
    sql("UPDATE record SET colour = 'green'");
    sql("PRAGMA user_version = 9");

    // When
    open();
    await(state.commit(call, telling("c1")));

    // Then
    await(state.close());
    assertThat(texts("SELECT colour FROM record")).containsExactly("green");
    assertThat(texts("PRAGMA user_version")).containsExactly("9");
  }

  @Test
  void newerFileThatIsNotCompatibleIsRefused() throws SQLException {
    // Given
    await(state.close());
    sql("PRAGMA user_version = 9");
    sql("UPDATE meta SET value = 8 WHERE key = 'compatible_from'");

    // When
    var fault = faultOf(Sqlite.open(vertx, file, CLOCK, tell));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault)
        .hasMessageStartingWith(
            "state file: " + file + " has version 9, which needs 8 at least (expected: up to 1;");
  }

  @Test
  void olderFileIsMigrated() throws SQLException {
    // Given
    await(state.commit(call, telling("c1")));
    await(state.close());
    var steps = new ArrayList<>(Schema.CURRENT.migrations());
    steps.add(
        new Schema.Migration(1, List.of("ALTER TABLE record ADD COLUMN colour TEXT DEFAULT 'no'")));

    // When
    SqliteFile.open(file, new Schema(steps), CLOCK).close();

    // Then
    assertThat(texts("SELECT colour FROM record")).containsExactly("no");
    assertThat(texts("PRAGMA user_version")).containsExactly("2");
    open();
    assertThat(await(state.load("container"))).hasSize(1);
  }

  @Test
  void migrationThatFailsLeavesTheFileAsItWas() throws SQLException {
    // Given
    await(state.close());
    var steps = new ArrayList<>(Schema.CURRENT.migrations());
    steps.add(new Schema.Migration(1, List.of("CREATE TABLE extra (a)", "no such statement")));

    // When
    var opening =
        SqliteState.open(vertx, () -> SqliteFile.open(file, new Schema(steps), CLOCK), tell);

    // Then
    assertThat(faultOf(opening)).hasMessageContaining(file.toString());
    assertThat(texts("PRAGMA user_version")).containsExactly("1");
    assertThat(texts("SELECT name FROM sqlite_schema WHERE name = 'extra'")).isEmpty();
  }

  @Test
  void fileThatIsNoDatabaseIsRefusedAndLeftAlone() throws IOException {
    // Given
    var other = folder.resolve("other.db");
    Files.writeString(other, "not a database, but long enough to be taken for one. ".repeat(100));

    // When
    var fault = faultOf(Sqlite.open(vertx, other, CLOCK, tell));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining(other + ": damaged (expected: a state file;");
    assertThat(other).content().startsWith("not a database");
  }

  @Test
  void malformedFileIsRefused() throws IOException {
    // Given
    var drafts = IntStream.range(0, 500).mapToObj(i -> fact("c" + i)).toList();
    await(state.commit(call, new Change(List.of(), List.of(), drafts, false, () -> {})));
    await(state.close());
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.allocate(8192), channel.size() / 2);
    }

    // When
    var fault = faultOf(Sqlite.open(vertx, file, CLOCK, tell));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining(file.toString());
  }

  @Test
  void anotherProgramsDatabaseIsRefused() throws SQLException {
    // Given
    await(state.close());
    var other = folder.resolve("other.db");
    try (var connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + other)) {
      new Sql(connection).run("CREATE TABLE t (a)");
    }

    // When
    var fault = faultOf(Sqlite.open(vertx, other, CLOCK, tell));

    // Then
    assertThat(fault)
        .hasMessage(
            "state file: " + other + " is another program's database (expected: one of gantry's)");
  }

  @Test
  void secondDaemonIsKeptOut() {
    var fault = faultOf(Sqlite.open(vertx, file, CLOCK, tell));

    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("in use by another process");
  }

  @Test
  void filesAreTheOwnersOnly() throws IOException {
    // Given
    await(state.commit(call, telling("c1")));

    // Then
    try (var files = Files.list(folder)) {
      assertThat(files.toList())
          .hasSizeGreaterThanOrEqualTo(2)
          .allSatisfy(
              one ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
                      .isEqualTo("rw-------"));
    }
  }

  private long transactions() {
    return ((SqliteState) state).transactions();
  }

  private State limitedTo(int pages) throws SQLException {
    return await(
        SqliteState.open(
            vertx,
            () -> {
              var open = SqliteFile.open(folder.resolve("small.db"), Schema.CURRENT, CLOCK);
              try {
                open.sql().run("PRAGMA max_page_count = " + pages);
              } catch (SQLException failed) {
                throw RuntimeFault.internal("pragma", failed);
              }
              return open;
            },
            tell));
  }

  private static Clock clockThatFailsAt(int nth) {
    return new Clock() {
      private int asked;

      @Override
      public Instant instant() {
        if (++asked == nth) {
          throw new IllegalStateException("the clock stands still");
        }
        return CLOCK.instant();
      }

      @Override
      public java.time.ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(java.time.ZoneId zone) {
        return this;
      }
    };
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  private void sql(String statement) throws SQLException {
    try (var connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + file)) {
      new Sql(connection).run(statement);
    }
  }

  private List<String> texts(String question) throws SQLException {
    try (var connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + file)) {
      return new Sql(connection).query(question, row -> row.getString(1));
    }
  }
}
