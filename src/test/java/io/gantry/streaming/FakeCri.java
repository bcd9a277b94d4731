package io.gantry.streaming;

import io.gantry.cri.proto.AttachResponse;
import io.gantry.cri.proto.Container;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ExecResponse;
import io.gantry.cri.proto.ImageFsInfoResponse;
import io.gantry.cri.proto.ImageServiceGrpcService;
import io.gantry.cri.proto.ListContainersResponse;
import io.gantry.cri.proto.ListPodSandboxResponse;
import io.gantry.cri.proto.PodSandbox;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.PodSandboxState;
import io.gantry.cri.proto.PortForwardResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.VersionResponse;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** As much of the CRI as crictl asks for before it streams. */
final class FakeCri {
  private final GrpcServer server;

  private FakeCri(GrpcServer server) {
    this.server = server;
  }

  static void serve(StreamingNode node, Path socket) {
    var server = GrpcServer.server(node.vertx);
    new FakeCri(server).register(node.streams);
    Awaited.of(
        node.vertx
            .createHttpServer()
            .requestHandler(server)
            .listen(SocketAddress.domainSocketAddress(socket.toString())));
  }

  private void register(Streams streams) {
    answer(
        RuntimeServiceGrpcService.Version,
        _ ->
            VersionResponse.newBuilder()
                .setVersion("0.1.0")
                .setRuntimeName("fake")
                .setRuntimeVersion("0")
                .setRuntimeApiVersion("v1")
                .build());
    answer(ImageServiceGrpcService.ImageFsInfo, _ -> ImageFsInfoResponse.getDefaultInstance());
    answer(RuntimeServiceGrpcService.ListContainers, _ -> containers());
    answer(RuntimeServiceGrpcService.ListPodSandbox, _ -> sandboxes());
    answer(
        RuntimeServiceGrpcService.Exec,
        request ->
            ExecResponse.newBuilder()
                .setUrl(
                    streams.exec(
                        StreamingNode.call(),
                        new ContainerId(request.getContainerId()),
                        new ExecRequest(
                            List.copyOf(request.getCmdList()),
                            request.getTty(),
                            request.getStdin(),
                            request.getStdout(),
                            request.getStderr())))
                .build());
    answer(
        RuntimeServiceGrpcService.Attach,
        request ->
            AttachResponse.newBuilder()
                .setUrl(
                    streams.attach(
                        StreamingNode.call(),
                        new ContainerId(request.getContainerId()),
                        new AttachRequest(
                            request.getTty(),
                            request.getStdin(),
                            request.getStdout(),
                            request.getStderr())))
                .build());
    answer(
        RuntimeServiceGrpcService.PortForward,
        request ->
            PortForwardResponse.newBuilder()
                .setUrl(
                    streams.portForward(
                        StreamingNode.call(),
                        new SandboxId(request.getPodSandboxId()),
                        request.getPortList()))
                .build());
  }

  private static ListContainersResponse containers() {
    return ListContainersResponse.newBuilder()
        .addContainers(
            Container.newBuilder()
                .setId(StreamingNode.CONTAINER.value())
                .setPodSandboxId(StreamingNode.SANDBOX.value())
                .setState(ContainerState.CONTAINER_RUNNING)
                .setMetadata(ContainerMetadata.newBuilder().setName("c")))
        .build();
  }

  private static ListPodSandboxResponse sandboxes() {
    return ListPodSandboxResponse.newBuilder()
        .addItems(
            PodSandbox.newBuilder()
                .setId(StreamingNode.SANDBOX.value())
                .setState(PodSandboxState.SANDBOX_READY)
                .setMetadata(
                    PodSandboxMetadata.newBuilder().setName("p").setNamespace("n").setUid("u")))
        .build();
  }

  private <Q, A> void answer(ServiceMethod<Q, A> method, Function<Q, A> answer) {
    server.callHandler(
        method,
        request -> request.handler(question -> request.response().end(answer.apply(question))));
  }
}
