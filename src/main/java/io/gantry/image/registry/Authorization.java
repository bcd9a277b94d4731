package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What is shown to one endpoint in one pull: nothing until it asks. The answer to a challenge is
 * kept for the requests that follow.
 */
final class Authorization {
  private final TokenFetch tokens;
  private final Endpoint endpoint;
  private final String repository;
  private final Optional<Credentials> credentials;
  private volatile Optional<String> header = Optional.empty();

  Authorization(
      TokenFetch tokens, Endpoint endpoint, String repository, Optional<Credentials> credentials) {
    this.tokens = tokens;
    this.endpoint = endpoint;
    this.repository = repository;
    this.credentials = endpoint.upstream() ? credentials : Optional.empty();
  }

  /** The value of the Authorization header for the next request. */
  Optional<String> header() {
    return header;
  }

  /** Answers a 401. False if there is nothing to answer it with. */
  Future<Boolean> answer(Call call, List<String> challenges) {
    for (var challenge : Challenge.parse(challenges)) {
      switch (challenge.scheme()) {
        case "bearer" -> {
          return bearer(call, challenge).map(token -> show("Bearer " + token));
        }
        case "basic" -> {
          if (credentials.orElse(null) instanceof Credentials.Basic basic) {
            return Future.succeededFuture(show(basic(basic)));
          }
        }
        default -> {} // Negotiate and its like: nothing that a node could answer
      }
    }
    return Future.succeededFuture(false);
  }

  private Future<String> bearer(Call call, Challenge challenge) {
    if (credentials.orElse(null) instanceof Credentials.Bearer(var token)) {
      return Future.succeededFuture(clean(token));
    }
    return tokens.fetch(call, endpoint, challenge, repository, credentials).map(this::clean);
  }

  private boolean show(String value) {
    header = Optional.of(value);
    return true;
  }

  /** A token goes into a header: it must not be able to end it. */
  private String clean(String token) {
    if (!token.chars().allMatch(character -> character > ' ' && character < 127)) {
      throw RuntimeFault.precondition(
          "token for " + endpoint.origin() + ": odd characters (expected: visible ASCII)");
    }
    return token;
  }

  static String basic(Credentials.Basic basic) {
    var pair = basic.user() + ":" + basic.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }
}
