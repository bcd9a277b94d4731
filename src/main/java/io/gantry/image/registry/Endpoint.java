package io.gantry.image.registry;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A server that may be asked.
 *
 * @param base its API root, such as {@code https://registry-1.docker.io/v2}
 * @param capabilities what it is trusted with
 * @param tls how its certificate is checked
 * @param headers sent with every request to it
 * @param dialTimeout how long a connection to it may take to be made, if not as long as to others
 * @param upstream whether it answers for the reference's host itself; a mirror does not
 */
record Endpoint(
    URI base,
    Set<Capability> capabilities,
    Tls tls,
    Map<String, List<String>> headers,
    Optional<Duration> dialTimeout,
    boolean upstream) {

  /** Which questions a server's answers are believed for. */
  enum Capability {
    /** Content by digest. */
    PULL,
    /** What a tag means. */
    RESOLVE
  }

  static final Set<Capability> ALL = Set.of(Capability.PULL, Capability.RESOLVE);

  Endpoint {
    capabilities = Set.copyOf(capabilities);
    headers = Map.copyOf(headers);
  }

  /** {@code https://host:port}, for messages. */
  String origin() {
    return Origins.of(base);
  }
}
