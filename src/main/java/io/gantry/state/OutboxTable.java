package io.gantry.state;

import io.vertx.core.json.DecodeException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The table {@code outbox}, within the transaction of the caller. Numbers the facts. */
final class OutboxTable {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxTable.class);

  /** Which facts there are. */
  record Range(long oldest, long last) {}

  private static final String ADD =
      "INSERT INTO outbox (seq, at, type, subject, snapshot) VALUES (?, ?, ?, ?, ?)";
  private static final String AFTER =
      """
      SELECT seq, at, type, subject, snapshot FROM outbox
      WHERE seq > ? ORDER BY seq LIMIT ?\
      """;
  private static final String FORGET = "DELETE FROM outbox WHERE seq < ?";

  private final Sql sql;
  private final Clock clock;
  private long oldest;
  private long last;

  OutboxTable(Sql sql, Clock clock) throws SQLException {
    this.sql = sql;
    this.clock = clock;
    last = sql.number("SELECT max(seq) FROM outbox");
    oldest = last == 0 ? 1 : sql.number("SELECT min(seq) FROM outbox");
  }

  long last() {
    return last;
  }

  long size() {
    return last - oldest + 1;
  }

  Range range() {
    return new Range(oldest, last);
  }

  /** After a rollback: the numbers given since are free again. */
  void rewind(Range before) {
    oldest = before.oldest;
    last = before.last;
  }

  SequencedFact add(FactDraft draft) throws SQLException {
    var fact =
        new SequencedFact(
            last + 1, clock.instant(), draft.type(), draft.subject(), draft.snapshot());
    sql.update(
        ADD, fact.sequence(), fact.at().toString(), fact.type(), fact.subject(), fact.text());
    last = fact.sequence();
    return fact;
  }

  List<SequencedFact> after(long sequence, int limit) throws SQLException {
    return sql.query(AFTER, OutboxTable::fact, sequence, limit);
  }

  /** An unreadable fact keeps its place without what it said: sequences have no hole. */
  private static SequencedFact fact(ResultSet row) throws SQLException {
    var sequence = row.getLong(1);
    var type = String.valueOf(row.getString(3));
    var subject = String.valueOf(row.getString(4));
    try {
      var text = String.valueOf(row.getString(5));
      if (!Json.isObject(text)) {
        throw new DecodeException("snapshot is not a JSON object");
      }
      return new SequencedFact(
          sequence, Instant.parse(String.valueOf(row.getString(2))), type, subject, text);
    } catch (DecodeException | DateTimeException unreadable) {
      LOG.atWarn()
          .addKeyValue("sequence", sequence)
          .addKeyValue("error", unreadable.getMessage())
          .log("a fact is unreadable");
      return new SequencedFact(sequence, Instant.EPOCH, type, subject, "{}");
    }
  }

  /** Forgets all but the newest; returns how many went. */
  int keep(int newest) throws SQLException {
    var first = last - newest + 1;
    var gone = sql.update(FORGET, first);
    oldest = first;
    return gone;
  }
}
