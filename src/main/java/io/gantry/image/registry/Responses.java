package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The only reader of HTTP statuses: what an answer means, and the words for one that refuses. */
final class Responses {
  private static final int REFUSAL_BYTES_MAX = 16 * 1024;
  private static final int REFUSAL_CHARS_SHOWN = 300;

  private final Vertx vertx;
  private final Duration stallTimeout;
  private final Metrics metrics;

  Responses(Vertx vertx, Duration stallTimeout, Metrics metrics) {
    this.vertx = vertx;
    this.stallTimeout = stallTimeout;
    this.metrics = metrics;
  }

  /** The body of an answer that is a success, as a stream. */
  Future<BlobStream> stream(Call call, HttpClientResponse response, String origin) {
    var body = BlobStream.of(vertx, call, response, origin, stallTimeout, metrics);
    return isSuccess(response)
        ? Future.succeededFuture(body)
        : words(call, body, origin)
            .compose(words -> Future.failedFuture(refused(response.statusCode(), origin, words)));
  }

  /** The body of an answer that is a success, whole. */
  Future<Buffer> body(Call call, HttpClientResponse response, String origin, long bytesMax) {
    return stream(call, response, origin)
        .compose(body -> Bodies.read(call, body, origin, bytesMax));
  }

  /** Reads away what nobody wants, so that the connection can be used again. */
  Future<Void> drained(Call call, HttpClientResponse response, String origin) {
    var body = BlobStream.of(vertx, call, response, origin, stallTimeout, metrics);
    return words(call, body, origin).mapEmpty();
  }

  /** All of what was asked for, or the part of it. */
  static boolean isSuccess(HttpClientResponse response) {
    return response.statusCode() == 200 || response.statusCode() == 206;
  }

  private static Future<String> words(Call call, BlobStream body, String origin) {
    return Bodies.read(call, body, origin, REFUSAL_BYTES_MAX)
        .map(text -> text.toString(StandardCharsets.UTF_8))
        .otherwise("")
        .map(Responses::shown);
  }

  /** Hostile text on one line of modest length. */
  private static String shown(String text) {
    var line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.length() <= REFUSAL_CHARS_SHOWN
        ? line
        : line.substring(0, REFUSAL_CHARS_SHOWN) + "…";
  }

  private static RuntimeFault refused(int status, String origin, String words) {
    var said = "status " + status + (words.isEmpty() ? "" : ": " + words);
    return switch (status) {
      case 404 -> RuntimeFault.notFound("not found at " + origin + " (" + said + ")");
      case 401, 403 -> RuntimeFault.precondition("access denied by " + origin + " (" + said + ")");
      case 429 -> new RuntimeFault(Kind.RESOURCE_EXHAUSTED, origin + ": " + said);
      default ->
          status >= 500
              ? NetworkFaults.unavailable(origin + ": " + said, null)
              : RuntimeFault.precondition(origin + ": " + said + " (expected: status 200)");
    };
  }
}
