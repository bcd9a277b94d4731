package io.gantry.state;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A committed fact. Sequences rise by one, without a gap, across restarts.
 *
 * @param text of {@link #snapshot}
 */
public record SequencedFact(long sequence, Instant at, String type, String subject, String text) {

  /** What it is about, as it was then; read anew each time. */
  public JsonObject snapshot() {
    return new JsonObject(text);
  }
}
