package io.gantry.container;

import io.gantry.container.ContainerState.Fact;
import io.gantry.host.ProcessRef;
import io.gantry.ids.ContainerId;
import io.gantry.ids.Digest;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.Resources;
import io.gantry.state.Recorded;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A container, as it is at one moment.
 *
 * @param image the id of its image
 * @param imageRef a reference of that image by digest; its id if it has none
 * @param layers diffIDs of what its root stands on, the lowest first
 * @param owner {@code cri}, or {@code gantry} for what the CRI must not see
 * @param bootId the boot on which it was made
 * @param requestHash of the request that made it
 * @param logFile where its log is; empty if it has none
 * @param stopSignal what asks it to end, as a number
 * @param identity whom it runs as; empty in the record of an older version
 * @param process its first process, once made
 */
public record Container(
    ContainerId id,
    SandboxId sandbox,
    String handler,
    ContainerConfig config,
    Digest image,
    String imageRef,
    List<Digest> layers,
    String owner,
    String bootId,
    String requestHash,
    Instant createdAt,
    String logFile,
    int stopSignal,
    Optional<Identity> identity,
    ContainerState state,
    Optional<ProcessRef> process)
    implements Recorded {

  @Override
  public String key() {
    return id.value();
  }

  @Override
  public String fact() {
    return switch (state) {
      case ContainerState.Creating _ -> "ContainerCreating";
      case ContainerState.Created _ -> "ContainerCreated";
      case ContainerState.Running _ -> "ContainerStarted";
      case ContainerState.Exited _ -> "ContainerExited";
    };
  }

  Container after(Fact fact) {
    return with(state.after(fact), process);
  }

  Container running(ProcessRef first) {
    return with(state, Optional.of(first));
  }

  Container limited(Resources limits) {
    return new Container(
        id,
        sandbox,
        handler,
        config.limited(limits),
        image,
        imageRef,
        layers,
        owner,
        bootId,
        requestHash,
        createdAt,
        logFile,
        stopSignal,
        identity,
        state,
        process);
  }

  private Container with(ContainerState state, Optional<ProcessRef> process) {
    return new Container(
        id,
        sandbox,
        handler,
        config,
        image,
        imageRef,
        layers,
        owner,
        bootId,
        requestHash,
        createdAt,
        logFile,
        stopSignal,
        identity,
        state,
        process);
  }

  /** What asks it to end, as {@code SIGTERM} or {@code SIGRTMIN+3}. */
  public String stopSignalName() {
    return Signals.name(stopSignal);
  }

  /** Whether it has ended. */
  public boolean exited() {
    return state instanceof ContainerState.Exited;
  }

  /** Whether its processes stand still. */
  public boolean paused() {
    return state instanceof ContainerState.Running(_, var paused) && paused;
  }

  boolean visible() {
    return !(state instanceof ContainerState.Creating);
  }
}
