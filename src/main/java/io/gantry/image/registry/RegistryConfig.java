package io.gantry.image.registry;

import io.gantry.errors.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How registries are reached.
 *
 * @param hosts a folder of {@code <host>/hosts.toml} as containerd's {@code certs.d}; it need not
 *     exist
 * @param authFile credentials for pulls that come without any, as Docker's {@code config.json}
 * @param stallTimeout how long a transfer may stand still
 * @param connectTimeout how long a connection may take to be made
 */
public record RegistryConfig(
    Path hosts,
    Optional<Path> authFile,
    Duration stallTimeout,
    Duration connectTimeout,
    Proxies proxies) {
  public static final Duration STALL_TIMEOUT = Duration.ofSeconds(30);
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  public RegistryConfig {
    positive("stall timeout", stallTimeout);
    positive("connect timeout", connectTimeout);
  }

  /** The default timeouts, neither proxies nor credentials. */
  public static RegistryConfig of(Path hosts) {
    return new RegistryConfig(
        hosts, Optional.empty(), STALL_TIMEOUT, CONNECT_TIMEOUT, Proxies.NONE);
  }

  private static void positive(String what, Duration value) {
    if (value.toMillis() <= 0) {
      throw RuntimeFault.invalid("registry " + what + ": " + value + " (expected: more than 0)");
    }
  }
}
