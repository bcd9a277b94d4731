package io.gantry.runtime;

import io.gantry.call.Call;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;

/**
 * What runs pods and their containers: a driver over an OCI command line, a shim, a microVM. Speaks
 * of pods first, since for some drivers the pod is the machine.
 *
 * <p>Call from any thread; nothing blocks. Transitions of one container are ordered by the caller,
 * which does not send a second one before the first has ended; {@link #exit}, {@link #exec}, {@link
 * #signal} and {@link #reopenLog} come at any time. Verbs on what a driver does not know fail with
 * NOT_FOUND, but for the idempotent {@link #close} and {@link #delete}. A verb that fails leaves no
 * process, and nothing that {@link #delete} or {@link #close} would not clear.
 */
public interface PodRuntime {
  /** Prepares a pod's surroundings; with a shared PID namespace it starts what holds that. */
  Future<PodOpened> open(Call call, PodSpec pod);

  /** Ends what {@link #open} started. Idempotent. */
  Future<Void> close(Call call, SandboxId pod);

  /** When a pod's own process ends, with or without being asked to. Never, if it has none. */
  Future<ExitStatus> podEnded(SandboxId pod);

  /** Creates a container's process, which waits for {@link #start}. */
  Future<ContainerProcess> create(Call call, ContainerSpec container);

  /** Lets the created process run its program. */
  Future<Void> start(Call call, ContainerId container);

  /** Sends a signal to the first process, or to every process of the container. */
  Future<Void> signal(Call call, ContainerId container, int signal, Reach reach);

  /** How the container ended, once it has. One answer for all who ask, at any time. */
  Future<ExitStatus> exit(ContainerId container);

  /** Takes away what {@link #create} made, killing what still runs. Idempotent. */
  Future<Void> delete(Call call, ContainerId container);

  /** Runs a command in a running container and collects its output. */
  Future<ExecResult> exec(Call call, ContainerId container, ExecSpec command);

  /** Lets the log be written to a new file at the same path; complete when that file exists. */
  Future<Void> reopenLog(Call call, ContainerId container);

  /**
   * After a restart: takes up again what the records say was made on this boot, and clears what an
   * earlier daemon left half made or orphaned, execs included.
   *
   * @return what was found of each container that is known
   */
  Future<Map<ContainerId, Recovered>> recover(
      Call call, Collection<PodSpec> pods, Collection<ContainerSpec> containers);

  /** What this handler can do, as the CRI's {@code runtime_handlers} tells it. */
  Features features();
}
