package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.host.Disk;
import io.gantry.ids.ImageRef;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;

/**
 * The registries of the world, as this node is configured to reach them.
 *
 * <p>Call from any thread; nothing blocks. Futures fail with a {@link
 * io.gantry.errors.RuntimeFault}; the message of one that means "nobody answers" begins with {@code
 * RegistryUnavailable: }, which a kubelet recognises.
 */
public interface Registries {
  /**
   * The repository of {@code reference}, for one pull. Reads hosts.toml anew; sends nothing, save a
   * probe where a host on loopback may speak plain HTTP.
   */
  Future<Repository> open(Call call, ImageRef reference, Optional<Credentials> credentials);

  /** Closes all connections. */
  Future<Void> close();

  static Registries over(Vertx vertx, Disk disk, RegistryConfig config, Metrics metrics) {
    return new HttpRegistries(vertx, disk, config, metrics);
  }
}
