package io.gantry.streaming;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * How a session ended, in the words of its error stream: since version 4 a {@code Status} of the
 * Kubernetes API, before that a sentence, and nothing if all was well.
 */
record StatusMessage(String json, String text) {
  static final StatusMessage SUCCESS = new StatusMessage(status("Success").encode(), "");

  private static final int EXIT_CODE_MAX = 255;

  /** The process has ended. Clients read the code as an unsigned byte. */
  static StatusMessage exited(int exitCode) {
    if (exitCode == 0) {
      return SUCCESS;
    }
    var code =
        Integer.toString(exitCode < 0 || exitCode > EXIT_CODE_MAX ? EXIT_CODE_MAX : exitCode);
    var said = "command terminated with exit code " + code;
    return new StatusMessage(
        status("Failure")
            .put("message", said)
            .put("reason", "NonZeroExitCode")
            .put("details", causes(new JsonObject().put("reason", "ExitCode").put("message", code)))
            .encode(),
        said);
  }

  /** It never came to that. */
  static StatusMessage failed(Throwable cause) {
    var said = words(RuntimeFault.of(cause).getMessage());
    return new StatusMessage(
        status("Failure")
            .put("message", "Internal error occurred: " + said)
            .put("reason", "InternalError")
            .put("details", causes(new JsonObject().put("message", said)))
            .put("code", 500)
            .encode(),
        said);
  }

  private static String words(@Nullable String message) {
    return message == null ? "unknown error" : message;
  }

  private static JsonObject status(String status) {
    return new JsonObject().put("metadata", new JsonObject()).put("status", status);
  }

  private static JsonObject causes(JsonObject cause) {
    return new JsonObject().put("causes", new JsonArray().add(cause));
  }
}
