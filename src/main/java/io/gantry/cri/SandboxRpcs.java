package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cri.proto.ListPodSandboxRequest;
import io.gantry.cri.proto.ListPodSandboxResponse;
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
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.RunSandbox;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.Json;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.Optional;

/** The RPCs of pod sandboxes. */
final class SandboxRpcs {
  /** What the CRI may see: pods that Gantry makes for itself would be deleted by the kubelet. */
  static final String OWNER = "cri";

  private final Sandboxes sandboxes;
  private final ContainerAnswers containers;
  private final Clock clock;

  SandboxRpcs(Sandboxes sandboxes, ContainerAnswers containers, Clock clock) {
    this.sandboxes = sandboxes;
    this.containers = containers;
    this.clock = clock;
  }

  void register(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpcService.RunPodSandbox, this::runPodSandbox)
        .unary(RuntimeServiceGrpcService.StopPodSandbox, this::stopPodSandbox)
        .unary(RuntimeServiceGrpcService.RemovePodSandbox, this::removePodSandbox)
        .unary(RuntimeServiceGrpcService.PodSandboxStatus, this::podSandboxStatus)
        .unary(RuntimeServiceGrpcService.ListPodSandbox, this::listPodSandbox);
  }

  private Future<RunPodSandboxResponse> runPodSandbox(Call call, RunPodSandboxRequest request) {
    return sandboxes
        .run(
            call,
            new RunSandbox(
                SandboxRequests.config(request.getConfig()), request.getRuntimeHandler(), OWNER))
        .map(id -> RunPodSandboxResponse.newBuilder().setPodSandboxId(id.value()).build());
  }

  private Future<StopPodSandboxResponse> stopPodSandbox(Call call, StopPodSandboxRequest request) {
    return id(request.getPodSandboxId())
        .map(id -> sandboxes.stop(call, id))
        .orElseGet(Future::succeededFuture)
        .map(StopPodSandboxResponse.getDefaultInstance());
  }

  private Future<RemovePodSandboxResponse> removePodSandbox(
      Call call, RemovePodSandboxRequest request) {
    return id(request.getPodSandboxId())
        .map(id -> sandboxes.remove(call, id))
        .orElseGet(Future::succeededFuture)
        .map(RemovePodSandboxResponse.getDefaultInstance());
  }

  private Future<PodSandboxStatusResponse> podSandboxStatus(
      Call call, PodSandboxStatusRequest request) {
    var sandbox =
        find(request.getPodSandboxId())
            .orElseThrow(
                () ->
                    RuntimeFault.notFound(
                        "sandbox: '" + request.getPodSandboxId() + "' is not here"));
    var answer =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(SandboxAnswers.status(sandbox, sandbox.handler()))
            .addAllContainersStatuses(containers.statusesIn(sandbox.id()))
            .setTimestamp(Times.nanos(clock.instant()));
    if (request.getVerbose()) {
      answer.putInfo("info", Json.encode(sandbox).encode());
    }
    return Future.succeededFuture(answer.build());
  }

  private Future<ListPodSandboxResponse> listPodSandbox(Call call, ListPodSandboxRequest request) {
    var answer = ListPodSandboxResponse.newBuilder();
    sandboxes.list().stream()
        .filter(sandbox -> sandbox.owner().equals(OWNER))
        .filter(sandbox -> matches(sandbox, request.getFilter()))
        .forEach(sandbox -> answer.addItems(SandboxAnswers.item(sandbox, sandbox.handler())));
    return Future.succeededFuture(answer.build());
  }

  private static boolean matches(Sandbox sandbox, PodSandboxFilter filter) {
    return sandbox.id().value().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == SandboxAnswers.state(sandbox))
        && sandbox
            .config()
            .labels()
            .entrySet()
            .containsAll(filter.getLabelSelectorMap().entrySet());
  }

  private Optional<SandboxId> id(String idOrPrefix) {
    return find(idOrPrefix).map(Sandbox::id);
  }

  private Optional<Sandbox> find(String idOrPrefix) {
    return sandboxes.find(idOrPrefix).filter(sandbox -> sandbox.owner().equals(OWNER));
  }
}
