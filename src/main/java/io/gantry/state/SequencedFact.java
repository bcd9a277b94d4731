package io.gantry.state;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** A committed fact. Sequences rise by one, without a gap, across restarts. */
public record SequencedFact(
    long sequence, Instant at, String type, String subject, JsonObject snapshot) {}
