package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import java.util.List;

/**
 * Gives out URLs, each good for one stream within a short time. The way in for every door; made by
 * {@link StreamingVerticle#streams}. Safe from any thread.
 *
 * <p>Each method throws a {@link RuntimeFault}: RESOURCE_EXHAUSTED if too many URLs wait to be
 * used, UNAVAILABLE if the server does not listen. The actor and the trace of the call stay with
 * the URL; its deadline does not.
 */
public interface Streams {
  /** An absolute URL at which the command runs once a client connects. */
  String exec(Call call, ContainerId container, ExecRequest request);

  /** An absolute URL at which a client joins the container. */
  String attach(Call call, ContainerId container, AttachRequest request);

  /**
   * An absolute URL at which a client reaches ports of the pod.
   *
   * @param ports those that a WebSocket of channels is given; others name theirs as they go
   */
  String portForward(Call call, SandboxId sandbox, List<Integer> ports);
}
