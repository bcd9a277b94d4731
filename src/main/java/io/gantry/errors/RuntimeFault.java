package io.gantry.errors;

import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An expected failure: says what is wrong, with which object, in words fit for a kubelet event.
 *
 * <p>Messages read {@code thing: value (expected: …)}, lower case, without a full stop.
 */
public final class RuntimeFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What a caller can do about it. Doors translate it; nothing else may. */
  public enum Kind {
    INVALID_ARGUMENT,
    NOT_FOUND,
    ALREADY_EXISTS,
    FAILED_PRECONDITION,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    DEADLINE_EXCEEDED,
    INTERNAL
  }

  private final Kind kind;

  public RuntimeFault(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause, true, kind == Kind.INTERNAL); // only our own bugs are worth a stack trace
    this.kind = kind;
  }

  public RuntimeFault(Kind kind, String message) {
    this(kind, message, null);
  }

  public Kind kind() {
    return kind;
  }

  public static RuntimeFault invalid(String message) {
    return new RuntimeFault(Kind.INVALID_ARGUMENT, message);
  }

  public static RuntimeFault notFound(String message) {
    return new RuntimeFault(Kind.NOT_FOUND, message);
  }

  public static RuntimeFault precondition(String message) {
    return new RuntimeFault(Kind.FAILED_PRECONDITION, message);
  }

  public static RuntimeFault exhausted(String message) {
    return new RuntimeFault(Kind.RESOURCE_EXHAUSTED, message);
  }

  public static RuntimeFault unavailable(String message, @Nullable Throwable cause) {
    return new RuntimeFault(Kind.UNAVAILABLE, message, cause);
  }

  public static RuntimeFault internal(String message, @Nullable Throwable cause) {
    return new RuntimeFault(Kind.INTERNAL, message, cause);
  }

  /**
   * The fault that {@code cause} is, or the one it amounts to: what nobody expected is INTERNAL.
   */
  public static RuntimeFault of(Throwable cause) {
    return switch (cause) {
      case RuntimeFault fault -> fault;
      case TimeoutException timeout ->
          new RuntimeFault(Kind.DEADLINE_EXCEEDED, said(timeout), timeout);
      default -> new RuntimeFault(Kind.INTERNAL, said(cause), cause);
    };
  }

  /** The same fault said of a larger thing: {@code what: message}. */
  public RuntimeFault during(String what) {
    return new RuntimeFault(kind, what + ": " + getMessage(), this);
  }

  /** This fault, with another one that clearing up after it met. */
  public RuntimeFault alongside(@Nullable Throwable other) {
    if (other != null && other != this) {
      addSuppressed(other);
    }
    return this;
  }

  private static String said(Throwable cause) {
    var message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + ": " + message;
  }
}
