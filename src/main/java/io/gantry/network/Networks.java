package io.gantry.network;

import io.gantry.call.Call;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Pod networks, by CNI plugins.
 *
 * <p>Call from any thread; nothing blocks. Calls about one pod are ordered by the caller.
 */
public interface Networks {
  /**
   * Writes down, durably, what the plugins will be asked, so that a DEL follows whatever comes. The
   * namespace need not be there yet. A pod that is attached already is detached first. Whoever does
   * not go on to {@link #attach} detaches.
   */
  Future<Void> expect(Call call, Attach request);

  /**
   * Attaches a pod's network namespace, whose loopback is up already, to the node's network by its
   * chain of plugins. If it fails or the call is cancelled, what was attached is detached again.
   * One that nobody has {@link #expect}ed is expected now.
   */
  Future<Attachment> attach(Call call, Attach request);

  /**
   * Detaches, by the configuration and results cached when it was attached, even if the
   * configuration file or the namespace is gone since. Idempotent: what was never attached is
   * detached already. Bounded in time, for all plugins together; one that fails keeps its cache, so
   * that it can be tried again.
   */
  Future<Void> detach(Call call, SandboxId pod);

  /**
   * Asks the plugins that can tell whether a pod is still attached as it was. Succeeds for a pod
   * that is not attached.
   */
  Future<Void> check(Call call, SandboxId pod);

  /**
   * Has plugins that can do so free what belongs to no attached pod, but for {@code leaving}: those
   * whose detaching has failed. No pod is attached meanwhile.
   */
  Future<Void> collectGarbage(Call call, Set<SandboxId> leaving);

  /**
   * Tells the subnets that the cluster gave this node for its pods. The default bridge attaches
   * those that come from now on to them; a network that the operator has configured says itself
   * where its addresses come from, so nothing changes then.
   *
   * @param subnets one of IPv4, one of IPv6 or one of each, separated by a comma; anything else is
   *     INVALID_ARGUMENT
   */
  Future<Void> podRange(Call call, String subnets);

  /** The pods that were attached, wholly or in part, and have not been detached since. */
  Future<List<SandboxId>> cached();

  /** Why no pod can be attached now, in words for a condition's message; empty if all is well. */
  Optional<String> notReady();

  /** What the node's network is, for whoever looks for a mistake in it. */
  Description description();

  /** What a glance at the configuration shows: the network, and why it cannot take pods. */
  record Look(Description description, Optional<String> notReady) {}

  /**
   * The node's network.
   *
   * @param name empty if there is none
   * @param file that describes it; empty for the default bridge
   * @param plugins their types, in the order of the chain
   * @param skipped files that are invalid, each with its reason
   */
  record Description(
      String name, String file, String cniVersion, List<String> plugins, List<String> skipped) {}
}
