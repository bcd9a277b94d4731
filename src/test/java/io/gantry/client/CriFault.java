package io.gantry.client;

import io.vertx.grpc.common.GrpcStatus;

/** What a runtime answered instead of a result. */
public final class CriFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final GrpcStatus status;

  CriFault(String method, GrpcStatus status, String message) {
    super(method + ": " + status.name() + ": " + message, null, false, false);
    this.status = status;
  }

  public GrpcStatus status() {
    return status;
  }
}
