package io.gantry.state;

import io.gantry.errors.RuntimeFault;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables, and how a file of another version is met.
 *
 * <p>The file's version is {@code PRAGMA user_version}. Each migration leads from one version to
 * the next, only ever adds, and says in {@code compatible_from} which is the oldest version that
 * can still write the file: so a node can go back to the previous release without losing its pods.
 *
 * @param migrations the first one makes version 1 of an empty file
 */
record Schema(List<Migration> migrations) {
  /** One step up. */
  record Migration(int compatibleFrom, List<String> statements) {}

  private static final Logger LOG = LoggerFactory.getLogger(Schema.class);

  static final Schema CURRENT =
      new Schema(
          List.of(
              new Migration(
                  1,
                  List.of(
                      "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT",
                      """
                      CREATE TABLE record (
                        kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL,
                        boot_id TEXT NOT NULL, request_hash TEXT NOT NULL, body TEXT NOT NULL,
                        PRIMARY KEY (kind, id))\
                      """,
                      """
                      CREATE TABLE outbox (
                        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL,
                        subject TEXT NOT NULL, snapshot TEXT NOT NULL)\
                      """,
                      """
                      CREATE TABLE set_aside (
                        at TEXT NOT NULL, reason TEXT NOT NULL,
                        kind, id, owner, boot_id, request_hash, body)\
                      """))));

  int version() {
    return migrations.size();
  }

  /** Brings the file to this version, or fails and leaves it as it is. */
  void bring(Sql sql, Path file) throws SQLException {
    var found = (int) sql.number("PRAGMA user_version");
    if (found == 0 && sql.number("SELECT count(*) FROM sqlite_schema") > 0) {
      throw RuntimeFault.precondition(
          "state file: " + file + " is another program's database (expected: one of gantry's)");
    }
    if (found > version()) {
      checkCompatible(sql, file, found);
    } else if (found < version()) {
      migrate(sql, found);
    }
  }

  private void checkCompatible(Sql sql, Path file, int found) throws SQLException {
    var from = sql.number("SELECT max(value) FROM meta WHERE key = 'compatible_from'");
    if (from < 1 || from > version()) {
      throw RuntimeFault.precondition(
          "state file: %s has version %d, which needs %d at least (expected: up to %d; install the newer gantry again, or move the file away and lose what it knows)"
              .formatted(file, found, from, version()));
    }
    LOG.atInfo()
        .addKeyValue("file", file)
        .addKeyValue("version", found)
        .log("the state file was written by a newer version; what it added is kept");
  }

  private void migrate(Sql sql, int found) throws SQLException {
    sql.run("BEGIN IMMEDIATE");
    try {
      for (var migration : migrations.subList(found, version())) {
        for (var statement : migration.statements) {
          sql.run(statement);
        }
      }
      sql.run(
          "INSERT OR REPLACE INTO meta (key, value) VALUES ('compatible_from', "
              + migrations.getLast().compatibleFrom
              + ")");
      sql.run("PRAGMA user_version = " + version());
      sql.run("COMMIT");
    } catch (SQLException failed) {
      sql.undo(failed);
      throw failed;
    }
  }
}
