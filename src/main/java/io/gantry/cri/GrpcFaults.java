package io.gantry.cri;

import io.gantry.errors.RuntimeFault;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Set;

/** Faults as gRPC statuses. */
final class GrpcFaults {
  /**
   * Words that the kubelet looks for at the start of a message of code UNKNOWN, to show a reason of
   * its own (cri-api, pkg/errors).
   */
  private static final Set<String> KUBELET_WORDS =
      Set.of(
          "RegistryUnavailable",
          "SignatureValidationFailed",
          "RROUnsupported",
          "ImageVolumeMountFailed");

  private GrpcFaults() {}

  static GrpcStatus status(RuntimeFault fault) {
    if (KUBELET_WORDS.contains(firstWord(message(fault)))) {
      return GrpcStatus.UNKNOWN;
    }
    return switch (fault.kind()) {
      case INVALID_ARGUMENT -> GrpcStatus.INVALID_ARGUMENT;
      case NOT_FOUND -> GrpcStatus.NOT_FOUND;
      case ALREADY_EXISTS -> GrpcStatus.ALREADY_EXISTS;
      case FAILED_PRECONDITION -> GrpcStatus.FAILED_PRECONDITION;
      case RESOURCE_EXHAUSTED -> GrpcStatus.RESOURCE_EXHAUSTED;
      case UNAVAILABLE -> GrpcStatus.UNAVAILABLE;
      case DEADLINE_EXCEEDED -> GrpcStatus.DEADLINE_EXCEEDED;
      case INTERNAL -> GrpcStatus.INTERNAL;
    };
  }

  static String message(RuntimeFault fault) {
    var message = fault.getMessage();
    return message == null ? fault.kind().name() : message;
  }

  private static String firstWord(String message) {
    var colon = message.indexOf(':');
    return colon < 0 ? message : message.substring(0, colon);
  }
}
