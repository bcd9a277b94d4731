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

  /** Says that a fault has a status that its kind does not tell. */
  private static final class Exactly extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    Exactly(int status) {
      super("status " + status, null, false, false);
      this.status = status;
    }
  }

  /** A fault that is told with a status of its own. */
  static RuntimeFault exactly(int status, Kind kind, String detail) {
    return new RuntimeFault(kind, detail, new Exactly(status));
  }

  private static int status(RuntimeFault fault) {
    return fault.getCause() instanceof Exactly exactly ? exactly.status : status(fault.kind());
  }

  static JsonObject problem(RuntimeFault fault) {
    return problem(status(fault), fault.kind(), String.valueOf(fault.getMessage()));
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
