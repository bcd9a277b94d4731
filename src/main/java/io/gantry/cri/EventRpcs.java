package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.cri.proto.ContainerEventResponse;
import io.gantry.cri.proto.ContainerEventType;
import io.gantry.cri.proto.GetEventsRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.errors.RuntimeFault;
import io.gantry.events.Entry;
import io.gantry.events.FactReader;
import io.gantry.events.FactRing;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.gantry.state.Json;
import io.gantry.state.SequencedFact;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.List;
import java.util.Optional;

/** GetContainerEvents: the facts about containers and their sandboxes as they happen. */
final class EventRpcs {
  private final Vertx vertx;
  private final FactRing<SequencedFact> facts;
  private final Sandboxes sandboxes;
  private final ContainerAnswers containers;

  EventRpcs(
      Vertx vertx,
      FactRing<SequencedFact> facts,
      Sandboxes sandboxes,
      ContainerAnswers containers) {
    this.vertx = vertx;
    this.facts = facts;
    this.sandboxes = sandboxes;
    this.containers = containers;
  }

  void register(Rpcs rpcs) {
    rpcs.stream(RuntimeServiceGrpcService.GetContainerEvents, this::getContainerEvents);
  }

  /** A client that falls behind is cut off with an error, so that it lists everything again. */
  private Future<Void> getContainerEvents(
      Call call,
      GetEventsRequest request,
      GrpcServerResponse<GetEventsRequest, ContainerEventResponse> answers) {
    Promise<Void> ended = Promise.promise();
    var reader = FactReader.of(vertx, facts);
    call.onCancel(ended::tryComplete);
    answers.drainHandler(_ -> reader.resume());
    reader.start(
        facts.newest(),
        fact -> {
          events(fact).forEach(answers::write);
          if (answers.writeQueueFull()) {
            reader.pause();
          }
        },
        gap ->
            ended.tryFail(
                RuntimeFault.exhausted(
                    "events: %d to %d were lost by a slow reader (expected: list again)"
                        .formatted(gap.from(), gap.to()))));
    return ended.future().onComplete(_ -> reader.close());
  }

  private List<ContainerEventResponse> events(Entry<SequencedFact> entry) {
    var fact = entry.payload();
    var ofPod = ofPod(fact.type());
    if (!ofPod.isEmpty()) {
      var sandbox = Json.decode(fact.text(), Sandbox.class);
      return sandbox.owner().equals(Visible.OWNER)
          ? ofPod.stream().map(type -> response(type, fact, sandbox.key(), sandbox.id())).toList()
          : List.of();
    }
    return type(fact.type())
        .map(type -> ofContainer(type, fact, Json.decode(fact.text(), Container.class)))
        .orElse(List.of());
  }

  private List<ContainerEventResponse> ofContainer(
      ContainerEventType type, SequencedFact fact, Container container) {
    return container.owner().equals(Visible.OWNER)
        ? List.of(response(type, fact, container.key(), container.sandbox()))
        : List.of();
  }

  private ContainerEventResponse response(
      ContainerEventType type, SequencedFact fact, String id, SandboxId pod) {
    var event =
        ContainerEventResponse.newBuilder()
            .setContainerId(id)
            .setContainerEventType(type)
            .setCreatedAt(Times.nanos(fact.at()));
    sandboxes
        .find(pod.value())
        .ifPresent(
            sandbox ->
                event
                    .setPodSandboxStatus(SandboxAnswers.status(sandbox, sandbox.handler()))
                    .addAllContainersStatuses(containers.statusesIn(sandbox.id())));
    return event.build();
  }

  /** As containerd and CRI-O tell of sandboxes: each as a container with the sandbox's id. */
  private static List<ContainerEventType> ofPod(String fact) {
    return switch (fact) {
      case "SandboxReady" ->
          List.of(
              ContainerEventType.CONTAINER_CREATED_EVENT,
              ContainerEventType.CONTAINER_STARTED_EVENT);
      case "SandboxBroken", "SandboxStopped" -> List.of(ContainerEventType.CONTAINER_STOPPED_EVENT);
      case "SandboxRemoved" -> List.of(ContainerEventType.CONTAINER_DELETED_EVENT);
      default -> List.of();
    };
  }

  private static Optional<ContainerEventType> type(String fact) {
    return switch (fact) {
      case "ContainerCreated" -> Optional.of(ContainerEventType.CONTAINER_CREATED_EVENT);
      case "ContainerStarted" -> Optional.of(ContainerEventType.CONTAINER_STARTED_EVENT);
      case "ContainerExited" -> Optional.of(ContainerEventType.CONTAINER_STOPPED_EVENT);
      case "ContainerRemoved" -> Optional.of(ContainerEventType.CONTAINER_DELETED_EVENT);
      default -> Optional.empty();
    };
  }
}
