package io.gantry.state;

import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/** The open file. Blocks; for the writer's thread only. */
final class SqliteFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteFile.class);
  private static final int FACTS_KEPT = 10_000;

  /** Pruning rarely and much is cheaper than often and little. */
  private static final int PRUNE_EVERY = 1_000;

  private enum Sync {
    NORMAL,
    FULL
  }

  private final Path file;
  private final Sql sql;
  private final RecordTable records;
  private final OutboxTable outbox;
  private final Ballast ballast;
  private Sync sync;
  private long transactions;

  private SqliteFile(Path file, Sql sql, Clock clock) throws SQLException {
    this.file = file;
    this.sql = sql;
    this.records = new RecordTable(sql, clock);
    this.outbox = new OutboxTable(sql, clock);
    this.ballast = Ballast.beside(file);
    this.sync = Sync.FULL;
  }

  static SqliteFile open(Path file, Schema schema, Clock clock) {
    try {
      prepare(file);
      var connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + file);
      try {
        var sql = new Sql(connection);
        configure(sql, file);
        schema.bring(sql, file);
        return new SqliteFile(file, sql, clock);
      } catch (SQLException | RuntimeException failed) {
        connection.close();
        throw failed;
      }
    } catch (SQLException failed) {
      throw Sql.fault(file, failed);
    } catch (IOException failed) {
      throw RuntimeFault.unavailable("state file: " + file + ": " + failed, failed);
    }
  }

  private static void prepare(Path file) throws IOException {
    var folder = file.toAbsolutePath().getParent();
    if (System.getProperty("org.sqlite.lib.path") == null
        && System.getProperty("org.sqlite.tmpdir") == null) {
      // The driver unpacks its library there; /tmp is often mounted noexec.
      System.setProperty("org.sqlite.tmpdir", String.valueOf(folder));
    }
    if (folder != null) {
      Files.createDirectories(folder);
    }
    var ownerOnly = PosixFilePermissions.fromString("rw-------");
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(ownerOnly));
    } catch (FileAlreadyExistsException there) {
      Files.setPosixFilePermissions(file, ownerOnly);
    }
  }

  private static void configure(Sql sql, Path file) throws SQLException {
    sql.run("PRAGMA busy_timeout = 1000"); // a predecessor may still be closing
    // Keeps a second daemon out, and the WAL index in our own memory: mapped from a file, a full
    // disk would end the process with SIGBUS.
    sql.run("PRAGMA locking_mode = EXCLUSIVE");
    var mode = sql.text("PRAGMA journal_mode = WAL");
    var health = sql.text("PRAGMA quick_check(1)");
    if (!mode.toLowerCase(Locale.ROOT).equals("wal") || !health.equals("ok")) {
      throw RuntimeFault.precondition(
          "state file: %s: journal %s, check '%s' (expected: wal, 'ok'; restore a copy, or move the file away and lose what it knows)"
              .formatted(file, mode, health.lines().findFirst().orElse("")));
    }
  }

  Path path() {
    return file;
  }

  Sql sql() {
    return sql;
  }

  long transactions() {
    return transactions;
  }

  long lastSequence() {
    return outbox.last();
  }

  /**
   * Commits all changes in one transaction.
   *
   * @return the facts of each change, in the order of the changes
   */
  List<List<SequencedFact>> write(List<Change> changes) throws SQLException {
    sync(changes.stream().anyMatch(Change::durable) ? Sync.FULL : Sync.NORMAL);
    return transaction(
        () -> {
          var told = new ArrayList<List<SequencedFact>>();
          for (var one : changes) {
            told.add(write(one));
          }
          return told;
        });
  }

  private List<SequencedFact> write(Change change) throws SQLException {
    for (var key : change.removals()) {
      records.remove(key);
    }
    for (var row : change.puts()) {
      records.put(row);
    }
    var facts = new ArrayList<SequencedFact>();
    for (var fact : change.facts()) {
      facts.add(outbox.add(fact));
    }
    return facts;
  }

  /** SQLite itself syncs its log only with a commit, or before it moves it into the file. */
  void sync() {
    var log = file.resolveSibling(file.getFileName() + "-wal");
    try (var open = FileChannel.open(log, StandardOpenOption.WRITE)) {
      open.force(false);
    } catch (IOException failed) {
      throw RuntimeFault.unavailable("state file: " + log + ": not synced: " + failed, failed);
    }
  }

  List<Row> load(String kind) throws SQLException {
    return transaction(() -> records.load(kind));
  }

  boolean setAside(Change.Key key, String reason) throws SQLException {
    return transaction(() -> records.setAside(key, reason));
  }

  List<SequencedFact> facts(long sequence, int limit) throws SQLException {
    return outbox.after(sequence, limit);
  }

  /** Makes room on a full disk, once; false if there is nothing left to give up. */
  boolean makeRoom() {
    return ballast.release();
  }

  /**
   * What is to be done now and then: forgets the oldest facts, and takes the reserve of space again
   * if it was used. What fails here is tried again later.
   */
  void tidy() {
    ballast.hold();
    prune();
  }

  private void prune() {
    if (outbox.size() < FACTS_KEPT + PRUNE_EVERY) {
      return;
    }
    try {
      transaction(() -> outbox.keep(FACTS_KEPT));
    } catch (SQLException failed) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("error", failed.getMessage())
          .log("old facts stay in the state file");
    }
  }

  @Override
  public void close() throws SQLException {
    sql.connection().close();
  }

  /** SQLite takes the setting between transactions only. */
  private void sync(Sync wanted) throws SQLException {
    if (wanted != sync) {
      sql.run("PRAGMA synchronous = " + wanted);
      sync = wanted;
    }
  }

  private interface Work<T> {
    T run() throws SQLException;
  }

  private <T> T transaction(Work<T> work) throws SQLException {
    var before = outbox.range();
    sql.run("BEGIN IMMEDIATE");
    try {
      var result = work.run();
      sql.run("COMMIT");
      transactions++;
      return result;
    } catch (SQLException | RuntimeException failed) {
      sql.undo(failed);
      outbox.rewind(before);
      throw failed;
    }
  }
}
