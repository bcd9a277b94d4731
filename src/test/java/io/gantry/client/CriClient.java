package io.gantry.client;

import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerStatus;
import io.gantry.cri.proto.ContainerStatusRequest;
import io.gantry.cri.proto.CreateContainerRequest;
import io.gantry.cri.proto.CreateContainerResponse;
import io.gantry.cri.proto.ExecSyncRequest;
import io.gantry.cri.proto.ExecSyncResponse;
import io.gantry.cri.proto.ImageServiceGrpcClient;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxStatus;
import io.gantry.cri.proto.PodSandboxStatusRequest;
import io.gantry.cri.proto.PodSandboxStatusResponse;
import io.gantry.cri.proto.PullImageRequest;
import io.gantry.cri.proto.PullImageResponse;
import io.gantry.cri.proto.RemoveContainerRequest;
import io.gantry.cri.proto.RemoveImageRequest;
import io.gantry.cri.proto.RemovePodSandboxRequest;
import io.gantry.cri.proto.RunPodSandboxRequest;
import io.gantry.cri.proto.RunPodSandboxResponse;
import io.gantry.cri.proto.RuntimeServiceClient;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.StartContainerRequest;
import io.gantry.cri.proto.StopContainerRequest;
import io.gantry.cri.proto.StopPodSandboxRequest;
import io.gantry.cri.proto.VersionRequest;
import io.gantry.cri.proto.VersionResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.ServiceMethod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The CRI as a caller sees it, on the Unix socket of any runtime. The everyday calls are methods;
 * {@link #call} makes any other unary one, {@link #runtime()} has the streams.
 *
 * <p>Calls fail with a {@link CriFault}. Every call carries the deadline that the client was made
 * with.
 */
public final class CriClient {
  private static final int MESSAGE_BYTES_MAX = 16 * 1024 * 1024; // what the kubelet allows

  private final GrpcClient grpc;
  private final SocketAddress address;

  private CriClient(GrpcClient grpc, SocketAddress address) {
    this.grpc = grpc;
    this.address = address;
  }

  /** Connects with the first call. */
  public static CriClient on(Vertx vertx, Path socket, Duration deadline) {
    var calls =
        new GrpcClientOptions()
            .setMaxMessageSize(MESSAGE_BYTES_MAX)
            .setTimeout(Math.toIntExact(deadline.toMillis()))
            .setTimeoutUnit(TimeUnit.MILLISECONDS)
            .setScheduleDeadlineAutomatically(true);
    var http =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false);
    return new CriClient(
        GrpcClient.client(vertx, calls, http),
        SocketAddress.domainSocketAddress(socket.toString()));
  }

  /** The generated stub, which has the streaming calls and says less of a failure. */
  public RuntimeServiceClient runtime() {
    return RuntimeServiceGrpcClient.create(grpc, address);
  }

  /** Any unary call, by the constant of the generated client. */
  public <Q, A> Future<A> call(ServiceMethod<A, Q> method, Q question) {
    return grpc.request(address, method)
        .compose(request -> request.send(question))
        .compose(answer -> answer.last().recover(cause -> told(method, answer, cause)));
  }

  /** The same of any method, also of those that answer with a stream: the answer is paused. */
  public <Q, A> Future<GrpcClientResponse<Q, A>> open(ServiceMethod<A, Q> method, Q question) {
    return grpc.request(address, method)
        .compose(request -> request.send(question))
        .onSuccess(GrpcClientResponse::pause);
  }

  /** The stub's own exception leaves out the message that came with the status. */
  private static <A> Future<A> told(
      ServiceMethod<A, ?> method, GrpcClientResponse<?, A> answer, Throwable cause) {
    var status = answer.status();
    return status == null
        ? Future.failedFuture(cause)
        : Future.failedFuture(new CriFault(method.methodName(), status, answer.statusMessage()));
  }

  public Future<VersionResponse> version() {
    return call(RuntimeServiceGrpcClient.Version, VersionRequest.getDefaultInstance());
  }

  /** Pulls without credentials; gives the reference by which containers can name the image. */
  public Future<String> pull(String image) {
    return call(
            ImageServiceGrpcClient.PullImage,
            PullImageRequest.newBuilder().setImage(spec(image)).build())
        .map(PullImageResponse::getImageRef);
  }

  public Future<Void> removeImage(String image) {
    return call(
            ImageServiceGrpcClient.RemoveImage,
            RemoveImageRequest.newBuilder().setImage(spec(image)).build())
        .mapEmpty();
  }

  /** Gives the pod's id. */
  public Future<String> runPod(PodSandboxConfig config) {
    return call(
            RuntimeServiceGrpcClient.RunPodSandbox,
            RunPodSandboxRequest.newBuilder().setConfig(config).build())
        .map(RunPodSandboxResponse::getPodSandboxId);
  }

  public Future<PodSandboxStatus> podStatus(String pod) {
    return call(
            RuntimeServiceGrpcClient.PodSandboxStatus,
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
        .map(PodSandboxStatusResponse::getStatus);
  }

  public Future<Void> stopPod(String pod) {
    return call(
            RuntimeServiceGrpcClient.StopPodSandbox,
            StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build())
        .mapEmpty();
  }

  public Future<Void> removePod(String pod) {
    return call(
            RuntimeServiceGrpcClient.RemovePodSandbox,
            RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build())
        .mapEmpty();
  }

  /** Gives the container's id. */
  public Future<String> create(String pod, ContainerConfig config, PodSandboxConfig podConfig) {
    return call(
            RuntimeServiceGrpcClient.CreateContainer,
            CreateContainerRequest.newBuilder()
                .setPodSandboxId(pod)
                .setConfig(config)
                .setSandboxConfig(podConfig)
                .build())
        .map(CreateContainerResponse::getContainerId);
  }

  public Future<Void> start(String container) {
    return call(
            RuntimeServiceGrpcClient.StartContainer,
            StartContainerRequest.newBuilder().setContainerId(container).build())
        .mapEmpty();
  }

  public Future<ContainerStatus> status(String container) {
    return call(
            RuntimeServiceGrpcClient.ContainerStatus,
            ContainerStatusRequest.newBuilder().setContainerId(container).build())
        .map(answer -> answer.getStatus());
  }

  /** Runs a command and waits for its end. */
  public Future<ExecSyncResponse> exec(String container, Duration timeout, List<String> command) {
    return call(
        RuntimeServiceGrpcClient.ExecSync,
        ExecSyncRequest.newBuilder()
            .setContainerId(container)
            .setTimeout(timeout.toSeconds())
            .addAllCmd(command)
            .build());
  }

  public Future<Void> stop(String container, Duration grace) {
    return call(
            RuntimeServiceGrpcClient.StopContainer,
            StopContainerRequest.newBuilder()
                .setContainerId(container)
                .setTimeout(grace.toSeconds())
                .build())
        .mapEmpty();
  }

  public Future<Void> remove(String container) {
    return call(
            RuntimeServiceGrpcClient.RemoveContainer,
            RemoveContainerRequest.newBuilder().setContainerId(container).build())
        .mapEmpty();
  }

  public Future<Void> close() {
    return grpc.close();
  }

  private static ImageSpec spec(String image) {
    return ImageSpec.newBuilder().setImage(image).build();
  }
}
