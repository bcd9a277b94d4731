package io.gantry.state;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A change with its JSON as text, as it was when the caller handed it over.
 *
 * @param bodies of the puts, in their order
 * @param snapshots of the facts, in their order
 */
record Encoded(Change change, List<String> bodies, List<String> snapshots) {
  /** Far above any record we write; keeps one caller from stalling the writer. */
  private static final int CHARS_MAX = 16 << 20;

  static Encoded of(Change change) {
    return new Encoded(
        change,
        change.puts().stream().map(row -> text(row.kind(), row.id(), row.body())).toList(),
        change.facts().stream()
            .map(fact -> text(fact.type(), fact.subject(), fact.snapshot()))
            .toList());
  }

  private static String text(String kind, String id, JsonObject json) {
    var text = text(json);
    if (text.length() > CHARS_MAX) {
      throw RuntimeFault.exhausted(
          "record: %s %s has %d characters (expected: at most %d)"
              .formatted(kind, id, text.length(), CHARS_MAX));
    }
    return text;
  }

  private static String text(JsonObject json) {
    try {
      return json.encode();
    } catch (EncodeException unwritable) {
      throw RuntimeFault.internal("record: not writable as JSON", unwritable);
    }
  }
}
