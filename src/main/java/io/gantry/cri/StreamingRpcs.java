package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cri.proto.AttachRequest;
import io.gantry.cri.proto.AttachResponse;
import io.gantry.cri.proto.ExecRequest;
import io.gantry.cri.proto.ExecResponse;
import io.gantry.cri.proto.PortForwardRequest;
import io.gantry.cri.proto.PortForwardResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.streaming.Streams;
import io.vertx.core.Future;

/** The RPCs that answer with a URL, at which the streaming server does the rest. */
final class StreamingRpcs {
  private final Visible visible;
  private final Streams streams;

  StreamingRpcs(Visible visible, Streams streams) {
    this.visible = visible;
    this.streams = streams;
  }

  void register(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpcService.Exec, this::exec)
        .unary(RuntimeServiceGrpcService.Attach, this::attach)
        .unary(RuntimeServiceGrpcService.PortForward, this::portForward);
  }

  private Future<ExecResponse> exec(Call call, ExecRequest request) {
    var wanted =
        new io.gantry.streaming.ExecRequest(
            request.getCmdList(),
            request.getTty(),
            request.getStdin(),
            request.getStdout(),
            request.getStderr());
    var container = visible.presentContainer(request.getContainerId()).id();
    return Future.succeededFuture(
        ExecResponse.newBuilder().setUrl(streams.exec(call, container, wanted)).build());
  }

  private Future<AttachResponse> attach(Call call, AttachRequest request) {
    var wanted =
        new io.gantry.streaming.AttachRequest(
            request.getTty(), request.getStdin(), request.getStdout(), request.getStderr());
    var container = visible.presentContainer(request.getContainerId()).id();
    return Future.succeededFuture(
        AttachResponse.newBuilder().setUrl(streams.attach(call, container, wanted)).build());
  }

  private Future<PortForwardResponse> portForward(Call call, PortForwardRequest request) {
    var sandbox = visible.presentSandbox(request.getPodSandboxId()).id();
    return Future.succeededFuture(
        PortForwardResponse.newBuilder()
            .setUrl(streams.portForward(call, sandbox, request.getPortList()))
            .build());
  }
}
