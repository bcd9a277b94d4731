package io.gantry.cri;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.call.Call;
import io.gantry.container.Containers;
import io.gantry.container.CreateContainer;
import io.gantry.cri.proto.CheckpointContainerRequest;
import io.gantry.cri.proto.CheckpointContainerResponse;
import io.gantry.cri.proto.ContainerFilter;
import io.gantry.cri.proto.ContainerStatusRequest;
import io.gantry.cri.proto.ContainerStatusResponse;
import io.gantry.cri.proto.CreateContainerRequest;
import io.gantry.cri.proto.CreateContainerResponse;
import io.gantry.cri.proto.ExecSyncRequest;
import io.gantry.cri.proto.ExecSyncResponse;
import io.gantry.cri.proto.ListContainersRequest;
import io.gantry.cri.proto.ListContainersResponse;
import io.gantry.cri.proto.RemoveContainerRequest;
import io.gantry.cri.proto.RemoveContainerResponse;
import io.gantry.cri.proto.ReopenContainerLogRequest;
import io.gantry.cri.proto.ReopenContainerLogResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.StartContainerRequest;
import io.gantry.cri.proto.StartContainerResponse;
import io.gantry.cri.proto.StopContainerRequest;
import io.gantry.cri.proto.StopContainerResponse;
import io.gantry.cri.proto.StreamContainersRequest;
import io.gantry.cri.proto.StreamContainersResponse;
import io.gantry.cri.proto.UpdateContainerResourcesRequest;
import io.gantry.cri.proto.UpdateContainerResourcesResponse;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.OutputBudget;
import io.gantry.ids.ContainerId;
import io.gantry.runtime.ExecSpec;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.server.GrpcServerResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The RPCs of containers. */
final class ContainerRpcs {
  /** Of each stream of an ExecSync; the kubelet takes messages up to 16 MiB in all. */
  private static final int EXEC_OUTPUT_BYTES_MAX = 16 << 20;

  private final Containers containers;
  private final Visible visible;
  private final OutputBudget execOutput;

  ContainerRpcs(Visible visible, OutputBudget execOutput) {
    this.execOutput = execOutput;
    this.containers = visible.containers();
    this.visible = visible;
  }

  void register(Rpcs rpcs) {
    rpcs
        .unary(RuntimeServiceGrpcService.CreateContainer, this::createContainer)
        .unary(RuntimeServiceGrpcService.StartContainer, this::startContainer)
        .unary(RuntimeServiceGrpcService.StopContainer, this::stopContainer)
        .unary(RuntimeServiceGrpcService.RemoveContainer, this::removeContainer)
        .unary(RuntimeServiceGrpcService.ListContainers, this::listContainers)
        .stream(RuntimeServiceGrpcService.StreamContainers, this::streamContainers)
        .unary(RuntimeServiceGrpcService.ContainerStatus, this::containerStatus)
        .unary(RuntimeServiceGrpcService.CheckpointContainer, this::checkpointContainer)
        .unary(RuntimeServiceGrpcService.UpdateContainerResources, this::updateContainerResources)
        .unary(RuntimeServiceGrpcService.ReopenContainerLog, this::reopenContainerLog)
        .unary(RuntimeServiceGrpcService.ExecSync, this::execSync);
  }

  private Future<CreateContainerResponse> createContainer(
      Call call, CreateContainerRequest request) {
    var sandbox = visible.presentSandbox(request.getPodSandboxId());
    UserNamespaces.check(
        request.getConfig().getLinux().getSecurityContext().getNamespaceOptions(), sandbox);
    return containers
        .create(
            call,
            new CreateContainer(
                sandbox.id(), ContainerRequests.config(request.getConfig()), Visible.OWNER))
        .map(id -> CreateContainerResponse.newBuilder().setContainerId(id.value()).build());
  }

  private Future<StartContainerResponse> startContainer(Call call, StartContainerRequest request) {
    return containers
        .start(call, present(request.getContainerId()))
        .map(StartContainerResponse.getDefaultInstance());
  }

  private Future<StopContainerResponse> stopContainer(Call call, StopContainerRequest request) {
    var grace = Duration.ofSeconds(Math.max(0, request.getTimeout()));
    return visible
        .container(request.getContainerId())
        .map(container -> containers.stop(call, container.id(), grace))
        .orElseGet(Future::succeededFuture)
        .map(StopContainerResponse.getDefaultInstance());
  }

  private Future<RemoveContainerResponse> removeContainer(
      Call call, RemoveContainerRequest request) {
    return visible
        .container(request.getContainerId())
        .map(container -> containers.remove(call, container.id()))
        .orElseGet(Future::succeededFuture)
        .map(RemoveContainerResponse.getDefaultInstance());
  }

  private Future<ListContainersResponse> listContainers(Call call, ListContainersRequest request) {
    return Future.succeededFuture(
        ListContainersResponse.newBuilder().addAllContainers(items(request.getFilter())).build());
  }

  private Future<Void> streamContainers(
      Call call,
      StreamContainersRequest request,
      GrpcServerResponse<StreamContainersRequest, StreamContainersResponse> response) {
    return Chunks.send(
        response,
        items(request.getFilter()),
        some -> StreamContainersResponse.newBuilder().addAllContainers(some).build());
  }

  private List<io.gantry.cri.proto.Container> items(ContainerFilter filter) {
    return visible
        .containers(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap())
        .filter(
            container ->
                !filter.hasState()
                    || filter.getState().getState() == ContainerAnswers.state(container))
        .map(ContainerAnswers::item)
        .toList();
  }

  private Future<ContainerStatusResponse> containerStatus(
      Call call, ContainerStatusRequest request) {
    var container = visible.presentContainer(request.getContainerId());
    var answer = ContainerStatusResponse.newBuilder().setStatus(ContainerAnswers.status(container));
    return request.getVerbose()
        ? containers
            .told(container)
            .map(told -> VerboseInfo.of(container, told))
            .map(info -> answer.putInfo("info", info.encode()).build())
        : Future.succeededFuture(answer.build());
  }

  private Future<UpdateContainerResourcesResponse> updateContainerResources(
      Call call, UpdateContainerResourcesRequest request) {
    Refusal.when(request.hasWindows(), "windows container");
    return containers
        .update(
            call,
            present(request.getContainerId()),
            ContainerRequests.resources(request.getLinux()))
        .map(UpdateContainerResourcesResponse.getDefaultInstance());
  }

  private Future<CheckpointContainerResponse> checkpointContainer(
      Call call, CheckpointContainerRequest request) {
    var location = request.getLocation();
    if (!location.startsWith("/") || location.endsWith("/")) {
      throw Refusal.invalid("checkpoint", "'" + location + "'", "the absolute path of a new file");
    }
    var timed =
        request.getTimeout() > 0 ? call.within(Duration.ofSeconds(request.getTimeout())) : call;
    return containers
        .checkpoint(timed, present(request.getContainerId()), Path.of(location).normalize())
        .map(CheckpointContainerResponse.getDefaultInstance());
  }

  private Future<ReopenContainerLogResponse> reopenContainerLog(
      Call call, ReopenContainerLogRequest request) {
    return containers
        .reopenLog(call, present(request.getContainerId()))
        .map(ReopenContainerLogResponse.getDefaultInstance());
  }

  private Future<ExecSyncResponse> execSync(Call call, ExecSyncRequest request) {
    if (request.getCmdCount() == 0) {
      throw RuntimeFault.invalid("exec: no command (expected: one)");
    }
    var timeout =
        request.getTimeout() > 0
            ? Optional.of(Duration.ofSeconds(request.getTimeout()))
            : Optional.<Duration>empty();
    var container = present(request.getContainerId());
    var share = execOutput.share();
    return containers
        .exec(
            call,
            container,
            new ExecSpec(request.getCmdList(), timeout, EXEC_OUTPUT_BYTES_MAX, Optional.of(share)))
        .map(
            result ->
                ExecSyncResponse.newBuilder()
                    .setExitCode(result.exitCode())
                    .setStdout(bytes(result.stdout()))
                    .setStderr(bytes(result.stderr()))
                    .build())
        .onComplete(_ -> share.close());
  }

  /** Of one's own: nobody else writes to these any more. */
  private static ByteString bytes(Buffer output) {
    return UnsafeByteOperations.unsafeWrap(output.getBytes());
  }

  private ContainerId present(String idOrPrefix) {
    return visible.presentContainer(idOrPrefix).id();
  }
}
