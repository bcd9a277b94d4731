package io.gantry.state;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables {@code record} and {@code set_aside}, within the transaction of the caller. */
final class RecordTable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordTable.class);

  private static final String BODY = "SELECT body FROM record WHERE kind = ? AND id = ?";

  /** Not REPLACE: columns that a newer version added keep their values. */
  private static final String PUT =
      """
      INSERT INTO record (kind, id, owner, boot_id, request_hash, body)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner,
        boot_id = excluded.boot_id, request_hash = excluded.request_hash,
        body = excluded.body\
      """;

  private static final String REMOVE = "DELETE FROM record WHERE kind = ? AND id = ?";
  private static final String OF_KIND =
      """
      SELECT id, owner, boot_id, request_hash, body FROM record WHERE kind = ?
      ORDER BY rowid\
      """;
  private static final String COPY_ASIDE =
      """
      INSERT INTO set_aside (at, reason, kind, id, owner, boot_id, request_hash, body)
      SELECT ?, ?, kind, id, owner, boot_id, request_hash, body
      FROM record WHERE kind = ? AND id = ?\
      """;

  private final Sql sql;
  private final Clock clock;

  /** Those in which there is nothing that this version does not know. */
  private final Set<Change.Key> known = new HashSet<>();

  RecordTable(Sql sql, Clock clock) {
    this.sql = sql;
    this.clock = clock;
  }

  void put(Row row) throws SQLException {
    sql.update(
        PUT,
        row.kind(),
        row.id(),
        row.owner(),
        row.bootId(),
        row.requestHash(),
        keepingUnknown(row));
  }

  private String keepingUnknown(Row row) throws SQLException {
    var key = new Change.Key(row.kind(), row.id());
    if (known.contains(key)) {
      return row.body();
    }
    var stored = stored(row);
    var ours = new JsonObject(row.body());
    if (stored.isPresent() && !ours.fieldNames().containsAll(stored.get().fieldNames())) {
      return stored.get().mergeIn(ours).encode();
    }
    known.add(key);
    return row.body();
  }

  /** The body that is to be overwritten; one that cannot be read is set aside first. */
  private Optional<JsonObject> stored(Row row) throws SQLException {
    var old =
        sql.query(BODY, found -> Optional.ofNullable(found.getObject(1)), row.kind(), row.id());
    if (old.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new JsonObject(object(old.getFirst().orElse(null))));
    } catch (DecodeException unreadable) {
      setAside(row.kind(), row.id(), reason(unreadable));
      return Optional.empty();
    }
  }

  void remove(Change.Key key) throws SQLException {
    known.remove(key);
    sql.update(REMOVE, key.kind(), key.id());
  }

  private sealed interface Read {
    record Whole(Row row) implements Read {}

    record Broken(@Nullable Object id, String reason) implements Read {}
  }

  /** The readable ones; the others are set aside. */
  List<Row> load(String kind) throws SQLException {
    var rows = new ArrayList<Row>();
    for (var read : sql.query(OF_KIND, found -> read(kind, found), kind)) {
      switch (read) {
        case Read.Whole(var row) -> rows.add(row);
        case Read.Broken(var id, var reason) -> setAside(kind, id, reason);
      }
    }
    return rows;
  }

  private static Read read(String kind, ResultSet found) throws SQLException {
    try {
      return new Read.Whole(row(kind, found));
    } catch (DecodeException broken) {
      return new Read.Broken(found.getObject(1), reason(broken));
    }
  }

  private static Row row(String kind, ResultSet found) throws SQLException {
    return new Row(
        kind,
        text("id", found.getObject(1)),
        text("owner", found.getObject(2)),
        text("boot_id", found.getObject(3)),
        text("request_hash", found.getObject(4)),
        object(found.getObject(5)));
  }

  private static String text(String column, @Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new DecodeException(column + " is not text");
  }

  private static String object(@Nullable Object value) {
    var text = text("body", value);
    if (!Json.isObject(text)) {
      throw new DecodeException("body is not a JSON object");
    }
    return text;
  }

  private static String reason(DecodeException unreadable) {
    return String.valueOf(unreadable.getMessage()).lines().findFirst().orElse("unreadable");
  }

  /** Whether there was such a record. */
  boolean setAside(Change.Key key, String reason) throws SQLException {
    return setAside(key.kind(), key.id(), reason);
  }

  private boolean setAside(String kind, @Nullable Object id, String reason) throws SQLException {
    if (sql.update(COPY_ASIDE, clock.instant().toString(), reason, kind, id) == 0) {
      return false;
    }
    sql.update(REMOVE, kind, id);
    LOG.atError()
        .addKeyValue("record", kind + "/" + id)
        .addKeyValue("error", reason)
        .log("a record is unreadable and was set aside");
    return true;
  }
}
