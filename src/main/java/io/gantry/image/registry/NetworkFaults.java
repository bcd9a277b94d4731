package io.gantry.image.registry;

import io.gantry.errors.RuntimeFault;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What went wrong on the way to a server and back. */
final class NetworkFaults {
  /** The kubelet turns a message that begins so into its own reason. */
  private static final String UNAVAILABLE = "RegistryUnavailable: ";

  private NetworkFaults() {}

  static RuntimeFault of(String origin, Throwable cause) {
    return switch (cause) {
      case RuntimeFault fault -> fault;
      case TimeoutException _ -> unavailable(origin + ": no answer in time", cause);
      default ->
          sslFailure(cause)
              .map(failure -> untrusted(origin, failure))
              .orElseGet(() -> unavailable(origin + ": " + said(cause), cause));
    };
  }

  private static RuntimeFault untrusted(String origin, SSLException failure) {
    return new RuntimeFault(
        RuntimeFault.Kind.FAILED_PRECONDITION,
        "registry: " + origin + ": TLS failed: " + said(failure),
        failure);
  }

  static RuntimeFault stalled(String origin, Duration after) {
    return unavailable(origin + ": no byte for " + after.toMillis() + " ms", null);
  }

  static RuntimeFault unavailable(String message, @Nullable Throwable cause) {
    return RuntimeFault.unavailable(UNAVAILABLE + message, cause);
  }

  private static Optional<SSLException> sslFailure(Throwable cause) {
    return Stream.iterate(cause, Objects::nonNull, Throwable::getCause)
        .filter(SSLException.class::isInstance)
        .map(SSLException.class::cast)
        .findFirst();
  }

  private static String said(Throwable cause) {
    var message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
