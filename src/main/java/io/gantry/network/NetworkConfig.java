package io.gantry.network;

import io.gantry.errors.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where networks are configured.
 *
 * @param confDir the directory whose first valid file, by name, is the node's network
 * @param binDirs where plugins are looked for, in this order
 * @param cache where the requests and results of attached pods are kept, private to the daemon. On
 *     a disk it outlives a power cut, as the addresses that plugins have leased do
 * @param pluginTimeout how long one plugin may take to attach
 * @param detachTimeout how long all plugins together may take to detach a pod
 * @param defaultBridge the network of a node without any configuration, if the operator wants one
 */
public record NetworkConfig(
    Path confDir,
    List<Path> binDirs,
    Path cache,
    Duration pluginTimeout,
    Duration detachTimeout,
    Optional<DefaultBridge> defaultBridge) {
  public NetworkConfig {
    binDirs = List.copyOf(binDirs);
    if (binDirs.isEmpty()) {
      throw RuntimeFault.invalid("plugin directories: none (expected: at least one)");
    }
    checkPositive("plugin timeout", pluginTimeout);
    checkPositive("detach timeout", detachTimeout);
  }

  private static void checkPositive(String what, Duration duration) {
    if (!duration.isPositive()) {
      throw RuntimeFault.invalid(what + ": " + duration + " (expected: more than zero)");
    }
  }

  /** The directories of every distribution, and time for a plugin that waits for its server. */
  public static NetworkConfig defaults(Path cache) {
    return new NetworkConfig(
        Path.of("/etc/cni/net.d"),
        List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
        cache,
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        Optional.empty());
  }
}
