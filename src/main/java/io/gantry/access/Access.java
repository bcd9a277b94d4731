package io.gantry.access;

import io.gantry.call.Call;
import io.gantry.state.State;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The tokens of this node. Call from any thread; nothing blocks, and a look waits for nothing. */
public interface Access {
  /** A token with its text, which nobody is told again. */
  record Created(Token token, String text) {}

  /** Those on record. */
  static Future<Access> over(State state, Clock clock) {
    return HashedTokens.load(state, clock).map(tokens -> tokens);
  }

  /**
   * Makes a token. A name is 1 to 64 letters, digits and {@code .@_-}, and may be another's too.
   *
   * @param life empty: until it is revoked
   */
  Future<Created> create(Call call, String name, Role role, Optional<Duration> life);

  /** All that have not been revoked, those that have expired included; the newest first. */
  List<Token> tokens();

  /** From now on the token opens nothing. NOT_FOUND if there is none of this id. */
  Future<Void> revoke(Call call, String id);

  /** The token with this text, if there is one that is good now. */
  Optional<Token> known(String text);
}
