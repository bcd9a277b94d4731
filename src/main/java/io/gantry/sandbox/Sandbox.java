package io.gantry.sandbox;

import io.gantry.host.ProcessRef;
import io.gantry.ids.SandboxId;
import io.gantry.sandbox.SandboxState.Fact;
import io.gantry.state.Recorded;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A pod sandbox, as it is at one moment.
 *
 * @param handler the name of its runtime handler, as configured; never empty
 * @param owner {@code cri}, or {@code gantry} for what the CRI must not see
 * @param bootId the boot on which it was made
 * @param requestHash of the request that made it
 * @param ips of its network, the primary one first; none with the host's network
 * @param process what holds its shared PID namespace
 * @param selinuxLevel by which SELinux keeps it from other pods; {@code ""} if it has no labels
 */
public record Sandbox(
    SandboxId id,
    String handler,
    SandboxConfig config,
    String owner,
    String bootId,
    String requestHash,
    Instant createdAt,
    SandboxState state,
    List<String> ips,
    Optional<ProcessRef> process,
    String selinuxLevel)
    implements Recorded {
  public Sandbox {
    selinuxLevel = Objects.requireNonNullElse(selinuxLevel, ""); // a record of an older version
  }

  @Override
  public String key() {
    return id.value();
  }

  @Override
  public String fact() {
    return switch (state) {
      case SandboxState.Opening _ -> "SandboxOpening";
      case SandboxState.Ready _ -> "SandboxReady";
      case SandboxState.Broken _ -> "SandboxBroken";
      case SandboxState.Closing _ -> "SandboxClosing";
      case SandboxState.Closed _ -> "SandboxStopped";
    };
  }

  Sandbox after(Fact fact) {
    return with(config, state.after(fact), ips, process);
  }

  Sandbox with(List<String> ips, Optional<ProcessRef> process) {
    return with(config, state, ips, process);
  }

  Sandbox limited(Resources overhead, Resources resources) {
    return with(config.limited(overhead, resources), state, ips, process);
  }

  private Sandbox with(
      SandboxConfig config, SandboxState state, List<String> ips, Optional<ProcessRef> process) {
    return new Sandbox(
        id,
        handler,
        config,
        owner,
        bootId,
        requestHash,
        createdAt,
        state,
        ips,
        process,
        selinuxLevel);
  }

  /** Whether containers may be made in it. */
  public boolean ready() {
    return state instanceof SandboxState.Ready;
  }
}
