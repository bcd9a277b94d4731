package io.gantry.state;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Statements on one connection, and what SQLite's errors mean to a caller.
 *
 * <p>Each statement is prepared for its one use: the driver finalizes a statement that fails, so a
 * prepared one would not outlive a full disk.
 */
record Sql(Connection connection) {
  /** Reads the row that a result is at. */
  interface Reading<T> {
    T read(ResultSet row) throws SQLException;
  }

  void run(String statement) throws SQLException {
    try (var prepared = connection.createStatement()) {
      prepared.execute(statement);
    }
  }

  /** Returns how many rows it changed. */
  int update(String statement, @Nullable Object... values) throws SQLException {
    try (var prepared = prepared(statement, values)) {
      return prepared.executeUpdate();
    }
  }

  <T> List<T> query(String question, Reading<T> reading, @Nullable Object... values)
      throws SQLException {
    try (var prepared = prepared(question, values);
        var row = prepared.executeQuery()) {
      var rows = new ArrayList<T>();
      while (row.next()) {
        rows.add(reading.read(row));
      }
      return rows;
    }
  }

  private PreparedStatement prepared(String statement, @Nullable Object... values)
      throws SQLException {
    var prepared = connection.prepareStatement(statement);
    for (var i = 0; i < values.length; i++) {
      prepared.setObject(i + 1, values[i]);
    }
    return prepared;
  }

  long number(String question) throws SQLException {
    return query(question, row -> row.getLong(1)).stream().findFirst().orElse(0L);
  }

  String text(String question) throws SQLException {
    return query(question, row -> String.valueOf(row.getString(1))).stream().findFirst().orElse("");
  }

  /** Rolls back; some errors (a full disk) have made SQLite do so already. */
  void undo(Exception reason) {
    try {
      run("ROLLBACK");
    } catch (SQLException none) {
      reason.addSuppressed(none);
    }
  }

  /** The primary code, without what SQLite calls the extended part. */
  static SQLiteErrorCode code(SQLException cause) {
    return cause instanceof SQLiteException sqlite
        ? SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)
        : SQLiteErrorCode.UNKNOWN_ERROR;
  }

  static RuntimeFault fault(Path file, SQLException cause) {
    var about = "state file: " + file + ": ";
    return switch (code(cause)) {
      case SQLITE_FULL ->
          new RuntimeFault(
              Kind.RESOURCE_EXHAUSTED, about + "disk full (expected: free space)", cause);
      case SQLITE_TOOBIG ->
          new RuntimeFault(Kind.RESOURCE_EXHAUSTED, about + "record too large", cause);
      case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_NOMEM ->
          RuntimeFault.unavailable(about + cause.getMessage(), cause);
      case SQLITE_BUSY, SQLITE_LOCKED ->
          new RuntimeFault(
              Kind.FAILED_PRECONDITION,
              about + "in use by another process (expected: one daemon)",
              cause);
      case SQLITE_NOTADB, SQLITE_CORRUPT ->
          new RuntimeFault(
              Kind.FAILED_PRECONDITION,
              about
                  + "damaged (expected: a state file; restore a copy, or move the file and its -wal"
                  + " away and lose what they know)",
              cause);
      default -> RuntimeFault.internal(about + cause.getMessage(), cause);
    };
  }
}
