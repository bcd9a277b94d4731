package io.gantry.stats;

import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.container.Containers;
import io.gantry.host.Host;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * The numbers of the containers and pods of this node.
 *
 * <p>Call from any thread; nothing blocks. Changes nothing. Of a list, what is gone or cannot be
 * asked meanwhile is left out of the answer; a call that is over fails.
 */
public interface Stats {
  /**
   * What numbers stand on.
   *
   * @param root the folder below which containers write, on the file system whose space is told
   */
  record Parts(
      Vertx vertx,
      Host host,
      Runtimes runtimes,
      Sandboxes sandboxes,
      Containers containers,
      Path root,
      Clock clock) {}

  /** Nothing is read or measured before the first question. */
  static Stats over(Parts parts) {
    return new RuntimeStats(parts);
  }

  /** One that has ended is told without its usage. */
  Future<ContainerNumbers> container(Call call, Container container);

  /** Of those that have not ended, in the order of {@code containers}. */
  Future<List<ContainerNumbers>> containers(Call call, List<Container> containers);

  Future<PodNumbers> pod(Call call, Sandbox sandbox);

  /** Of those that are ready, in the order of {@code sandboxes}. */
  Future<List<PodNumbers>> pods(Call call, List<Sandbox> sandboxes);

  /** The samples of those that are ready: each {@link Family} for which there is a number. */
  Future<List<PodSamples>> metrics(Call call, List<Sandbox> sandboxes);
}
