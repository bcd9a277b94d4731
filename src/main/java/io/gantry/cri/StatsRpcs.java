package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.cri.proto.ContainerStats;
import io.gantry.cri.proto.ContainerStatsFilter;
import io.gantry.cri.proto.ContainerStatsRequest;
import io.gantry.cri.proto.ContainerStatsResponse;
import io.gantry.cri.proto.ListContainerStatsRequest;
import io.gantry.cri.proto.ListContainerStatsResponse;
import io.gantry.cri.proto.ListPodSandboxStatsRequest;
import io.gantry.cri.proto.ListPodSandboxStatsResponse;
import io.gantry.cri.proto.PodSandboxStats;
import io.gantry.cri.proto.PodSandboxStatsFilter;
import io.gantry.cri.proto.PodSandboxStatsRequest;
import io.gantry.cri.proto.PodSandboxStatsResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.StreamContainerStatsRequest;
import io.gantry.cri.proto.StreamContainerStatsResponse;
import io.gantry.cri.proto.StreamPodSandboxStatsRequest;
import io.gantry.cri.proto.StreamPodSandboxStatsResponse;
import io.gantry.sandbox.Sandbox;
import io.gantry.stats.Stats;
import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.List;

/** The RPCs of what containers and pods use. */
final class StatsRpcs {
  private final Visible visible;
  private final Stats stats;

  StatsRpcs(Visible visible, Stats stats) {
    this.visible = visible;
    this.stats = stats;
  }

  void register(Rpcs rpcs) {
    rpcs
        .unary(RuntimeServiceGrpcService.ContainerStats, this::containerStats)
        .unary(RuntimeServiceGrpcService.ListContainerStats, this::listContainerStats)
        .stream(RuntimeServiceGrpcService.StreamContainerStats, this::streamContainerStats)
        .unary(RuntimeServiceGrpcService.PodSandboxStats, this::podSandboxStats)
        .unary(RuntimeServiceGrpcService.ListPodSandboxStats, this::listPodSandboxStats)
        .stream(RuntimeServiceGrpcService.StreamPodSandboxStats, this::streamPodSandboxStats);
  }

  private Future<ContainerStatsResponse> containerStats(Call call, ContainerStatsRequest request) {
    return stats
        .container(call, visible.presentContainer(request.getContainerId()))
        .map(
            numbers ->
                ContainerStatsResponse.newBuilder()
                    .setStats(StatsAnswers.container(numbers))
                    .build());
  }

  private Future<ListContainerStatsResponse> listContainerStats(
      Call call, ListContainerStatsRequest request) {
    return containers(call, request.getFilter())
        .map(found -> ListContainerStatsResponse.newBuilder().addAllStats(found).build());
  }

  private Future<Void> streamContainerStats(
      Call call,
      StreamContainerStatsRequest request,
      GrpcServerResponse<StreamContainerStatsRequest, StreamContainerStatsResponse> response) {
    return containers(call, request.getFilter())
        .compose(
            found ->
                Chunks.send(
                    response,
                    found,
                    some ->
                        StreamContainerStatsResponse.newBuilder()
                            .addAllContainerStats(some)
                            .build()));
  }

  private Future<List<ContainerStats>> containers(Call call, ContainerStatsFilter filter) {
    List<Container> wanted =
        visible
            .containers(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap())
            .toList();
    return stats
        .containers(call, wanted)
        .map(found -> found.stream().map(StatsAnswers::container).toList());
  }

  private Future<PodSandboxStatsResponse> podSandboxStats(
      Call call, PodSandboxStatsRequest request) {
    return stats
        .pod(call, visible.presentSandbox(request.getPodSandboxId()))
        .map(
            numbers ->
                PodSandboxStatsResponse.newBuilder().setStats(StatsAnswers.pod(numbers)).build());
  }

  private Future<ListPodSandboxStatsResponse> listPodSandboxStats(
      Call call, ListPodSandboxStatsRequest request) {
    return pods(call, request.getFilter())
        .map(found -> ListPodSandboxStatsResponse.newBuilder().addAllStats(found).build());
  }

  private Future<Void> streamPodSandboxStats(
      Call call,
      StreamPodSandboxStatsRequest request,
      GrpcServerResponse<StreamPodSandboxStatsRequest, StreamPodSandboxStatsResponse> response) {
    return pods(call, request.getFilter())
        .compose(
            found ->
                Chunks.send(
                    response,
                    found,
                    some ->
                        StreamPodSandboxStatsResponse.newBuilder()
                            .addAllPodSandboxStats(some)
                            .build()));
  }

  private Future<List<PodSandboxStats>> pods(Call call, PodSandboxStatsFilter filter) {
    List<Sandbox> wanted = visible.sandboxes(filter.getId(), filter.getLabelSelectorMap()).toList();
    return stats.pods(call, wanted).map(found -> found.stream().map(StatsAnswers::pod).toList());
  }
}
