package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.image.registry.Sender.Request;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * Comes back later to a server that says it is too busy: 429, or 503 with a time. Waits as long as
 * it asks for (RFC 9110, section 10.2.3), within bounds; without a time, longer each time.
 */
final class Patience {
  private static final int ATTEMPTS_MAX = 5;
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private final Vertx vertx;
  private final Sender sender;
  private final Responses responses;

  Patience(Vertx vertx, Sender sender, Responses responses) {
    this.vertx = vertx;
    this.sender = sender;
    this.responses = responses;
  }

  /** The first answer that is not "later", or the last one. */
  Future<HttpClientResponse> send(Call call, Request request) {
    return send(call, request, 1);
  }

  private Future<HttpClientResponse> send(Call call, Request request, int attempt) {
    return sender
        .send(call, request)
        .compose(
            response ->
                wait(response, attempt)
                    .map(wait -> again(call, request, response, wait, attempt))
                    .orElseGet(() -> Future.succeededFuture(response)));
  }

  private Future<HttpClientResponse> again(
      Call call, Request request, HttpClientResponse response, Duration wait, int attempt) {
    return responses
        .drained(call, response, request.origin())
        .compose(_ -> pause(vertx, call, wait))
        .compose(_ -> send(call, request, attempt + 1));
  }

  /** How long to wait; empty if the answer is not to be asked for again. */
  private static Optional<Duration> wait(HttpClientResponse response, int attempt) {
    var asked = asked(response);
    var later = response.statusCode() == 429 || (response.statusCode() == 503 && asked.isPresent());
    return later && attempt < ATTEMPTS_MAX
        ? Optional.of(asked.orElseGet(() -> Duration.ofMillis(500L << attempt)))
            .filter(wait -> wait.compareTo(WAIT_MAX) <= 0)
        : Optional.empty();
  }

  /** A time is taken relative to the server's own clock. */
  private static Optional<Duration> asked(HttpClientResponse response) {
    var text = response.getHeader("Retry-After");
    if (text == null) {
      return Optional.empty();
    }
    if (text.strip().matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text.strip())));
    }
    try {
      var now = response.getHeader("Date");
      var wait = now == null ? Duration.ZERO : Duration.between(date(now), date(text));
      return wait.isPositive() ? Optional.of(wait) : Optional.empty();
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private static ZonedDateTime date(String text) {
    return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
  }

  /** A while that a cancelled call ends. On the caller's context. */
  static Future<Void> pause(Vertx vertx, Call call, Duration wait) {
    Promise<Void> over = Promise.promise();
    var context = vertx.getOrCreateContext();
    var timer = vertx.setTimer(Math.max(1, wait.toMillis()), _ -> over.tryComplete());
    var unwatch =
        call.onCancel(() -> context.runOnContext(_ -> call.over().ifPresent(over::tryFail)));
    return over.future()
        .onComplete(
            _ -> {
              unwatch.run();
              vertx.cancelTimer(timer);
            });
  }
}
