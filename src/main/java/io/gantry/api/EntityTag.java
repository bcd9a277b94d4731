package io.gantry.api;

import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Names what an answer says (RFC 9110, 8.8.3): two answers that say the same have the same tag.
 *
 * @param text with its quotes
 */
record EntityTag(String text) {
  private static final int BYTES = 15;
  private static final String ANY = "*";

  static EntityTag of(JsonObject seen) {
    return of(seen.encode());
  }

  static EntityTag of(String body) {
    var hash = Arrays.copyOf(sha256(body.getBytes(StandardCharsets.UTF_8)), BYTES);
    return new EntityTag('"' + Base64.getUrlEncoder().encodeToString(hash) + '"');
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-256", impossible);
    }
  }

  /** Whether {@code If-None-Match} has it: who asks knows this answer already. */
  boolean known(Asked asked) {
    return asked.header("If-None-Match").filter(this::in).isPresent();
  }

  /**
   * Refuses a change (412) of something that is not any more what who asks for it has seen. It is
   * looked at when the change is asked for; changes that wait in the object's queue come before.
   */
  static void check(String what, JsonObject seen, Asked asked) {
    var wanted = asked.header("If-Match");
    if (wanted.isPresent() && !of(seen).in(wanted.get())) {
      throw HttpFaults.exactly(
          412,
          Kind.FAILED_PRECONDITION,
          what + ": is not what was seen (expected: the ETag of a GET of it as it is now)");
    }
  }

  private boolean in(String list) {
    return list.strip().equals(ANY)
        || Arrays.stream(list.split(",", -1))
            .map(String::strip)
            .anyMatch(it -> it.equals(text) || it.equals("W/" + text));
  }
}
