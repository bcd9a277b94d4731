package io.gantry.runtime;

import io.gantry.call.Call;
import io.gantry.host.Connection;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.oci.RuntimeSpec;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What runs pods and their containers: a driver over an OCI command line, a shim, a microVM. Speaks
 * of pods first, since for some drivers the pod is the machine.
 *
 * <p>Call from any thread; nothing blocks. Transitions of one container are ordered by the caller,
 * which does not send a second one before the first has ended; {@link #exit}, {@link #exec}, {@link
 * #signal}, {@link #reopenLog}, {@link #update} and the questions for numbers come at any time.
 * Verbs on what a driver does not know fail with NOT_FOUND, but for the idempotent {@link #close}
 * and {@link #delete}. A verb that fails leaves no process, and nothing that {@link #delete} or
 * {@link #close} would not clear.
 */
public interface PodRuntime {
  /** Prepares a pod's surroundings; with a shared PID namespace it starts what holds that. */
  Future<PodOpened> open(Call call, PodSpec pod);

  /** Ends what {@link #open} started. Idempotent. */
  Future<Void> close(Call call, SandboxId pod);

  /** When a pod's own process ends, with or without being asked to. Never, if it has none. */
  Future<ExitStatus> podEnded(SandboxId pod);

  /**
   * Creates a container's process, which waits for {@link #start}. Where only its program cannot be
   * run, {@link UnrunnableProgram} is behind the fault.
   */
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

  /**
   * Runs a command in a running container with its streams in the caller's hands. Does not outlive
   * the daemon. A call that is over before the command runs leaves nothing; after that, {@link
   * ExecStreams#close} ends it.
   */
  Future<ExecStreams> execStream(Call call, ContainerId container, ExecStreamSpec command);

  /** Joins the streams of a running container's first process: output from now on. */
  Future<ExecStreams> attach(Call call, ContainerId container, AttachSpec streams);

  /**
   * Connects to a port of an open pod: of its loopback, or where that is in a kernel of the pod's
   * own, of its addresses. UNAVAILABLE if nobody listens there.
   *
   * @param addresses that the pod's network gave it; none with the host's network
   */
  Future<Connection> dial(Call call, SandboxId pod, List<InetAddress> addresses, int port);

  /** Lets the log be written to a new file at the same path; complete when that file exists. */
  Future<Void> reopenLog(Call call, ContainerId container);

  /**
   * Changes the limits of a container that has not ended; what {@code limits} leaves open stays.
   * Limits that the kernel refuses fail it.
   */
  Future<Void> update(Call call, ContainerId container, RuntimeSpec.Resources limits);

  /**
   * Stops all processes of a running container where they are, until {@link #resume}: it uses no
   * processor, keeps its memory, and answers nobody. It can be killed. Idempotent.
   * FAILED_PRECONDITION if it does not run, or the runtime cannot.
   */
  Future<Void> pause(Call call, ContainerId container);

  /** Lets a paused container go on. Idempotent. FAILED_PRECONDITION if it has ended. */
  Future<Void> resume(Call call, ContainerId container);

  /**
   * Writes the state of a running container's processes into {@code images}, an empty directory, in
   * the runtime's own form. The container stands still meanwhile, and goes on. FAILED_PRECONDITION
   * if it does not run, or the runtime cannot, with its reason.
   */
  Future<Void> checkpoint(Call call, ContainerId container, Path images);

  /**
   * What a container uses, or used until it ended. One question is answered in one go, off the
   * event loops; ask for many with a bound. FAILED_PRECONDITION if that is not known any more.
   */
  Future<ContainerUsage> stats(Call call, ContainerId container);

  /** What all of an open pod uses, with its network. */
  Future<PodUsage> podStats(Call call, SandboxId pod);

  /** What the processes of a container hold; costs a look at each of them. */
  Future<ProcessUsage> processes(Call call, ContainerId container);

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
