package io.gantry.state;

import io.vertx.core.json.JsonObject;

/**
 * Something that happened, to be committed with the change that it tells of.
 *
 * @param type a past participle such as {@code ContainerStarted}
 * @param subject the id of what it is about
 * @param snapshot the record as it is after the change, a JSON object
 */
public record FactDraft(String type, String subject, String snapshot) {
  public FactDraft(String type, String subject, JsonObject snapshot) {
    this(type, subject, snapshot.encode());
  }
}
