package io.gantry.api;

import io.gantry.access.Access;
import io.gantry.access.Role;
import io.gantry.access.Token;
import io.gantry.call.Call;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Who may come in over TCP. */
final class TokenResource {
  private final Access access;
  private final Clock clock;
  private final Repeats repeats;

  TokenResource(Access access, Clock clock, Repeats repeats) {
    this.access = access;
    this.clock = clock;
    this.repeats = repeats;
  }

  void serve(Door door) {
    door.list("listTokens", this::list)
        .created("createToken", repeats.once(this::create))
        .done("revokeToken", this::revoke);
  }

  private Future<JsonArray> list(Call call, Asked asked) {
    return Future.succeededFuture(
        Page.of(
            asked,
            access.tokens().stream(),
            it -> Page.Place.of(it.createdAt(), it.id()),
            this::seen));
  }

  private Future<JsonObject> create(Call call, Asked asked) {
    var body = asked.body();
    return access
        .create(
            call,
            body.getString("name"),
            Role.of(body.getString("role")),
            Optional.ofNullable(body.getLong("expiresSeconds")).map(Duration::ofSeconds))
        .map(made -> new JsonObject().put("token", seen(made.token())).put("text", made.text()));
  }

  private Future<Void> revoke(Call call, Asked asked) {
    return access.revoke(call, asked.path("id"));
  }

  private JsonObject seen(Token token) {
    var json =
        new JsonObject()
            .put("id", token.id())
            .put("name", token.name())
            .put("role", token.role().word())
            .put("createdAt", token.createdAt().toString())
            .put("expired", token.expired(clock.instant()));
    token.expiresAt().ifPresent(at -> json.put("expiresAt", at.toString()));
    return json;
  }
}
