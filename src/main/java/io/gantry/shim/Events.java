package io.gantry.shim;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.gantry.errors.RuntimeFault;
import io.gantry.shim.proto.ForwardRequest;
import io.gantry.shim.proto.TaskOOM;
import io.gantry.ttrpc.Refusal;
import io.gantry.ttrpc.TtrpcServer;
import io.vertx.core.Future;
import java.util.function.Consumer;

/**
 * The service that shims tell their events to. How a container ended is asked for, not listened to:
 * a shim drops what nobody takes for some seconds. What is only told here is that memory ran out in
 * a machine that the host does not see into.
 *
 * @param outOfMemory is told the id of a container
 */
record Events(Consumer<String> outOfMemory) implements TtrpcServer.Service {
  private static final String SERVICE = "containerd.services.events.ttrpc.v1.Events";
  private static final String OUT_OF_MEMORY = "containerd.events.TaskOOM";

  @Override
  public Future<? extends MessageLite> answer(String service, String method, ByteString request) {
    if (!service.equals(SERVICE) || !method.equals("Forward")) {
      return Future.failedFuture(Refusal.unimplemented(service, method));
    }
    try {
      var event = ForwardRequest.parseFrom(request).getEnvelope().getEvent();
      if (event.getTypeUrl().endsWith(OUT_OF_MEMORY)) {
        outOfMemory.accept(TaskOOM.parseFrom(event.getValue()).getContainerId());
      }
      return Future.succeededFuture(Empty.getDefaultInstance());
    } catch (InvalidProtocolBufferException unreadable) {
      return Future.failedFuture(RuntimeFault.invalid("event: unreadable (expected: an envelope)"));
    }
  }
}
