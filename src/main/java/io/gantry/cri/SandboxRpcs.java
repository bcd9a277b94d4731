package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.ListPodSandboxRequest;
import io.gantry.cri.proto.ListPodSandboxResponse;
import io.gantry.cri.proto.PodSandbox;
import io.gantry.cri.proto.PodSandboxFilter;
import io.gantry.cri.proto.PodSandboxStatusRequest;
import io.gantry.cri.proto.PodSandboxStatusResponse;
import io.gantry.cri.proto.RemovePodSandboxRequest;
import io.gantry.cri.proto.RemovePodSandboxResponse;
import io.gantry.cri.proto.RunPodSandboxRequest;
import io.gantry.cri.proto.RunPodSandboxResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.StopPodSandboxRequest;
import io.gantry.cri.proto.StopPodSandboxResponse;
import io.gantry.cri.proto.StreamPodSandboxesRequest;
import io.gantry.cri.proto.StreamPodSandboxesResponse;
import io.gantry.cri.proto.UpdatePodSandboxResourcesRequest;
import io.gantry.cri.proto.UpdatePodSandboxResourcesResponse;
import io.gantry.sandbox.Resources;
import io.gantry.sandbox.RunSandbox;
import io.gantry.sandbox.Sandboxes;
import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServerResponse;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** The RPCs of pod sandboxes. */
final class SandboxRpcs {
  private final Sandboxes sandboxes;
  private final Visible visible;
  private final ContainerAnswers containers;
  private final Clock clock;

  SandboxRpcs(Visible visible, ContainerAnswers containers, Clock clock) {
    this.sandboxes = visible.sandboxes();
    this.visible = visible;
    this.containers = containers;
    this.clock = clock;
  }

  void register(Rpcs rpcs) {
    rpcs
        .unary(RuntimeServiceGrpcService.RunPodSandbox, this::runPodSandbox)
        .unary(RuntimeServiceGrpcService.StopPodSandbox, this::stopPodSandbox)
        .unary(RuntimeServiceGrpcService.RemovePodSandbox, this::removePodSandbox)
        .unary(RuntimeServiceGrpcService.PodSandboxStatus, this::podSandboxStatus)
        .unary(RuntimeServiceGrpcService.ListPodSandbox, this::listPodSandbox)
        .stream(RuntimeServiceGrpcService.StreamPodSandboxes, this::streamPodSandboxes)
        .unary(
            RuntimeServiceGrpcService.UpdatePodSandboxResources, this::updatePodSandboxResources);
  }

  private Future<RunPodSandboxResponse> runPodSandbox(Call call, RunPodSandboxRequest request) {
    return sandboxes
        .run(
            call,
            new RunSandbox(
                SandboxRequests.config(request.getConfig()),
                request.getRuntimeHandler(),
                Visible.OWNER))
        .map(id -> RunPodSandboxResponse.newBuilder().setPodSandboxId(id.value()).build());
  }

  private Future<StopPodSandboxResponse> stopPodSandbox(Call call, StopPodSandboxRequest request) {
    return visible
        .sandbox(request.getPodSandboxId())
        .map(sandbox -> sandboxes.stop(call, sandbox.id()))
        .orElseGet(Future::succeededFuture)
        .map(StopPodSandboxResponse.getDefaultInstance());
  }

  private Future<RemovePodSandboxResponse> removePodSandbox(
      Call call, RemovePodSandboxRequest request) {
    return visible
        .sandbox(request.getPodSandboxId())
        .map(sandbox -> sandboxes.remove(call, sandbox.id()))
        .orElseGet(Future::succeededFuture)
        .map(RemovePodSandboxResponse.getDefaultInstance());
  }

  private Future<PodSandboxStatusResponse> podSandboxStatus(
      Call call, PodSandboxStatusRequest request) {
    var sandbox = visible.presentSandbox(request.getPodSandboxId());
    var answer =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(SandboxAnswers.status(sandbox, sandbox.handler()))
            .addAllContainersStatuses(containers.statusesIn(sandbox.id()))
            .setTimestamp(Times.nanos(clock.instant()));
    if (request.getVerbose()) {
      answer.putInfo("info", VerboseInfo.of(sandbox, sandboxes.spec(sandbox)).encode());
    }
    return Future.succeededFuture(answer.build());
  }

  private Future<ListPodSandboxResponse> listPodSandbox(Call call, ListPodSandboxRequest request) {
    return Future.succeededFuture(
        ListPodSandboxResponse.newBuilder().addAllItems(items(request.getFilter())).build());
  }

  private Future<Void> streamPodSandboxes(
      Call call,
      StreamPodSandboxesRequest request,
      GrpcServerResponse<StreamPodSandboxesRequest, StreamPodSandboxesResponse> response) {
    return Chunks.send(
        response,
        items(request.getFilter()),
        some -> StreamPodSandboxesResponse.newBuilder().addAllPodSandboxes(some).build());
  }

  private List<PodSandbox> items(PodSandboxFilter filter) {
    return visible
        .sandboxes(filter.getId(), filter.getLabelSelectorMap())
        .filter(
            sandbox ->
                !filter.hasState() || filter.getState().getState() == SandboxAnswers.state(sandbox))
        .map(sandbox -> SandboxAnswers.item(sandbox, sandbox.handler()))
        .toList();
  }

  private Future<UpdatePodSandboxResourcesResponse> updatePodSandboxResources(
      Call call, UpdatePodSandboxResourcesRequest request) {
    SandboxRequests.refuseLimits(request.getOverhead(), request.getResources());
    return sandboxes
        .update(
            call,
            visible.presentSandbox(request.getPodSandboxId()).id(),
            given(request.hasOverhead(), request.getOverhead()),
            given(request.hasResources(), request.getResources()))
        .map(UpdatePodSandboxResourcesResponse.getDefaultInstance());
  }

  private static Optional<Resources> given(boolean there, LinuxContainerResources cri) {
    return there ? Optional.of(ContainerRequests.resources(cri)) : Optional.empty();
  }
}
