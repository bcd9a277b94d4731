package io.gantry.cri;

import com.google.protobuf.ByteString;
import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.container.Containers;
import io.gantry.container.CreateContainer;
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
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.runtime.ExecSpec;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.Json;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/** The RPCs of containers. */
final class ContainerRpcs {
  /** Of each stream of an ExecSync; the kubelet takes messages up to 16 MiB in all. */
  private static final int EXEC_OUTPUT_BYTES_MAX = 16 << 20;

  private final Containers containers;
  private final Sandboxes sandboxes;

  ContainerRpcs(Containers containers, Sandboxes sandboxes) {
    this.containers = containers;
    this.sandboxes = sandboxes;
  }

  void register(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpcService.CreateContainer, this::createContainer)
        .unary(RuntimeServiceGrpcService.StartContainer, this::startContainer)
        .unary(RuntimeServiceGrpcService.StopContainer, this::stopContainer)
        .unary(RuntimeServiceGrpcService.RemoveContainer, this::removeContainer)
        .unary(RuntimeServiceGrpcService.ListContainers, this::listContainers)
        .unary(RuntimeServiceGrpcService.ContainerStatus, this::containerStatus)
        .unary(RuntimeServiceGrpcService.ReopenContainerLog, this::reopenContainerLog)
        .unary(RuntimeServiceGrpcService.ExecSync, this::execSync);
  }

  private Future<CreateContainerResponse> createContainer(
      Call call, CreateContainerRequest request) {
    var sandbox =
        sandboxes
            .find(request.getPodSandboxId())
            .filter(it -> it.owner().equals(SandboxRpcs.OWNER))
            .map(Sandbox::id)
            .orElseThrow(
                () ->
                    RuntimeFault.notFound(
                        "sandbox: '" + request.getPodSandboxId() + "' is not here"));
    return containers
        .create(
            call,
            new CreateContainer(
                sandbox, ContainerRequests.config(request.getConfig()), SandboxRpcs.OWNER))
        .map(id -> CreateContainerResponse.newBuilder().setContainerId(id.value()).build());
  }

  private Future<StartContainerResponse> startContainer(Call call, StartContainerRequest request) {
    return containers
        .start(call, present(request.getContainerId()))
        .map(StartContainerResponse.getDefaultInstance());
  }

  private Future<StopContainerResponse> stopContainer(Call call, StopContainerRequest request) {
    var grace = Duration.ofSeconds(Math.max(0, request.getTimeout()));
    return find(request.getContainerId())
        .map(container -> containers.stop(call, container.id(), grace))
        .orElseGet(Future::succeededFuture)
        .map(StopContainerResponse.getDefaultInstance());
  }

  private Future<RemoveContainerResponse> removeContainer(
      Call call, RemoveContainerRequest request) {
    return find(request.getContainerId())
        .map(container -> containers.remove(call, container.id()))
        .orElseGet(Future::succeededFuture)
        .map(RemoveContainerResponse.getDefaultInstance());
  }

  private Future<ListContainersResponse> listContainers(Call call, ListContainersRequest request) {
    var answer = ListContainersResponse.newBuilder();
    containers.list().stream()
        .filter(container -> container.owner().equals(SandboxRpcs.OWNER))
        .filter(container -> matches(container, request.getFilter()))
        .forEach(container -> answer.addContainers(ContainerAnswers.item(container)));
    return Future.succeededFuture(answer.build());
  }

  private static boolean matches(Container container, ContainerFilter filter) {
    return container.key().startsWith(filter.getId())
        && container.sandbox().value().startsWith(filter.getPodSandboxId())
        && (!filter.hasState() || filter.getState().getState() == ContainerAnswers.state(container))
        && container
            .config()
            .labels()
            .entrySet()
            .containsAll(filter.getLabelSelectorMap().entrySet());
  }

  private Future<ContainerStatusResponse> containerStatus(
      Call call, ContainerStatusRequest request) {
    var container =
        find(request.getContainerId()).orElseThrow(() -> absent(request.getContainerId()));
    var answer = ContainerStatusResponse.newBuilder().setStatus(ContainerAnswers.status(container));
    if (request.getVerbose()) {
      answer.putInfo("info", Json.encode(container).encode());
    }
    return Future.succeededFuture(answer.build());
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
    return containers
        .exec(
            call,
            present(request.getContainerId()),
            new ExecSpec(request.getCmdList(), timeout, EXEC_OUTPUT_BYTES_MAX))
        .map(
            result ->
                ExecSyncResponse.newBuilder()
                    .setExitCode(result.exitCode())
                    .setStdout(ByteString.copyFrom(result.stdout().getBytes()))
                    .setStderr(ByteString.copyFrom(result.stderr().getBytes()))
                    .build());
  }

  private ContainerId present(String idOrPrefix) {
    return find(idOrPrefix).map(Container::id).orElseThrow(() -> absent(idOrPrefix));
  }

  private Optional<Container> find(String idOrPrefix) {
    return containers.find(idOrPrefix).filter(it -> it.owner().equals(SandboxRpcs.OWNER));
  }

  private static RuntimeFault absent(String id) {
    return RuntimeFault.notFound("container: '" + id + "' is not here");
  }
}
