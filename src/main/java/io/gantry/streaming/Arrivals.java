package io.gantry.streaming;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Connections that have not asked for anything yet: bounded in number and in time. */
final class Arrivals {
  static final int CONNECTIONS_MAX = 1024;

  private final Vertx vertx;
  private final Duration timeout;
  private final Map<HttpConnection, Long> timers = new HashMap<>();

  Arrivals(Vertx vertx, Duration timeout) {
    this.vertx = vertx;
    this.timeout = timeout;
  }

  void arrived(HttpConnection connection) {
    if (timers.size() >= CONNECTIONS_MAX) {
      HttpTakeover.cut(connection);
      return;
    }
    HttpTakeover.prepare(connection);
    connection.closeHandler(_ -> gone(connection));
    connection.exceptionHandler(_ -> {}); // whoever only knocks is no error of ours
    timers.put(connection, vertx.setTimer(timeout.toMillis(), _ -> HttpTakeover.cut(connection)));
  }

  /** The connection was upgraded, or closed. */
  void gone(HttpConnection connection) {
    var timer = timers.remove(connection);
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
  }
}
