package io.gantry.ttrpc;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.util.Optional;

/** What the other side answered in place of a result: the cause of the fault that callers get. */
public final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  /** The other side's own bug, or an error that it has no code for. */
  public static final int UNKNOWN = 2;

  /** No such service or method. */
  public static final int UNIMPLEMENTED = 12;

  private final int code;

  Refusal(int code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  /** What a server answers that has no such method. */
  public static Refusal unimplemented(String service, String method) {
    return new Refusal(UNIMPLEMENTED, "method: " + service + "/" + method + " is not known here");
  }

  /** A code of gRPC's (google.golang.org/grpc/codes); any number, since the peer chose it. */
  public int code() {
    return code;
  }

  /** What the peer said. */
  public String words() {
    return String.valueOf(getMessage());
  }

  /** The refusal behind a fault, if it is one. */
  public static Optional<Refusal> in(Throwable fault) {
    return fault.getCause() instanceof Refusal refusal ? Optional.of(refusal) : Optional.empty();
  }

  RuntimeFault fault() {
    return new RuntimeFault(kind(code), words(), this);
  }

  private static Kind kind(int code) {
    return switch (code) {
      case 1, 4 -> Kind.DEADLINE_EXCEEDED;
      case 3 -> Kind.INVALID_ARGUMENT;
      case 5 -> Kind.NOT_FOUND;
      case 6 -> Kind.ALREADY_EXISTS;
      case 8 -> Kind.RESOURCE_EXHAUSTED;
      case 9 -> Kind.FAILED_PRECONDITION;
      case 14 -> Kind.UNAVAILABLE;
      default -> Kind.INTERNAL;
    };
  }

  /** The code that tells a peer what kind of fault it met. */
  static int code(Kind kind) {
    return switch (kind) {
      case DEADLINE_EXCEEDED -> 4;
      case INVALID_ARGUMENT -> 3;
      case NOT_FOUND -> 5;
      case ALREADY_EXISTS -> 6;
      case RESOURCE_EXHAUSTED -> 8;
      case FAILED_PRECONDITION -> 9;
      case UNAVAILABLE -> 14;
      case INTERNAL -> 13;
    };
  }
}
