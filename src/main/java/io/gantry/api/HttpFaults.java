package io.gantry.api;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Faults as HTTP status codes and problem documents (RFC 9457). */
final class HttpFaults {
  private HttpFaults() {}

  static int status(Kind kind) {
    return switch (kind) {
      case INVALID_ARGUMENT -> 400;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, FAILED_PRECONDITION -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      case INTERNAL -> 500;
    };
  }

  static JsonObject problem(RuntimeFault fault) {
    return problem(status(fault.kind()), fault.kind(), String.valueOf(fault.getMessage()));
  }

  static JsonObject problem(int status, Kind kind, String detail) {
    return new JsonObject()
        .put("type", "about:blank")
        .put("title", kind.name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .put("status", status)
        .put("detail", detail)
        .put("kind", kind.name());
  }
}
