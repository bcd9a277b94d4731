package io.gantry.access;

import io.gantry.state.Recorded;
import java.time.Instant;
import java.util.Optional;

/**
 * A token, without its text.
 *
 * @param id by which it is listed and revoked; the text has it too, so it is no secret
 * @param name whom it was given to, for the audit
 * @param hash SHA-256 of the text, in hexadecimal
 * @param expiresAt empty: never
 */
public record Token(
    String id, String name, Role role, String hash, Instant createdAt, Optional<Instant> expiresAt)
    implements Recorded {
  @Override
  public String key() {
    return id;
  }

  @Override
  public String owner() {
    return "gantry";
  }

  @Override
  public String bootId() {
    return "";
  }

  @Override
  public String requestHash() {
    return "";
  }

  @Override
  public String fact() {
    return "TokenCreated";
  }

  /** Whether it opens nothing any more. */
  public boolean expired(Instant now) {
    return expiresAt.filter(it -> !now.isBefore(it)).isPresent();
  }
}
