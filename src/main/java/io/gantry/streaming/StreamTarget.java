package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.call.Subject;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;

/**
 * What streams lead to. Whoever knows containers implements it; every kind of client that streams
 * shares it.
 *
 * <p>Futures complete on the caller's context and fail with a fault whose message the client is
 * shown. A call that is cancelled belongs to a client that went away: what is on its way is given
 * up, and a session that is made nevertheless is closed by the caller.
 */
public interface StreamTarget {
  /** Says on {@code call} what of this node it is about, such as the container's pod. */
  default void about(Call call, ContainerId container) {
    call.about(Subject.container(container.value()));
  }

  /** The same of a pod. */
  default void about(Call call, SandboxId sandbox) {
    call.about(Subject.sandbox(sandbox.value()));
  }

  /** Runs a command in a running container. */
  Future<ExecSession> exec(Call call, ContainerId container, ExecRequest request);

  /**
   * Joins the streams of a container's first process: output from now on. {@link ExecSession#exit}
   * is the container's.
   */
  Future<ExecSession> attach(Call call, ContainerId container, AttachRequest request);

  /** Connects to a port of the pod's own loopback. */
  Future<PortStream> dial(Call call, SandboxId sandbox, int port);
}
