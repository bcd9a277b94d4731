package io.gantry.api;

import io.gantry.access.Role;
import io.gantry.call.Actor;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;

/** Whoever asks, and what they may do. */
record Identity(Actor actor, Role role) {
  private static final String KEY = "gantry.identity";

  /** Whoever may open the socket: its file permissions said who that is. */
  static final Identity SOCKET = new Identity(new Actor("api", "socket"), Role.ADMIN);

  void keep(RoutingContext context) {
    context.put(KEY, this);
  }

  static Identity of(RoutingContext context) {
    return Objects.requireNonNull(context.<Identity>get(KEY), "no guard before the operation");
  }
}
