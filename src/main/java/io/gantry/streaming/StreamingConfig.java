package io.gantry.streaming;

import io.gantry.errors.RuntimeFault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The streaming server.
 *
 * @param host the address it listens on
 * @param port the port; 0 is any free one
 * @param advertised what URLs begin with, if that is not the address
 * @param tls how it proves itself; empty is plain HTTP, which does on a loopback address
 * @param idleTimeout how long a session may lie silent
 * @param creationTimeout what a client has to ask for an upgrade, and then to open its streams
 * @param urlLife how long a URL waits for its client
 * @param inFlightMax how many URLs may wait at once
 */
public record StreamingConfig(
    String host,
    int port,
    Optional<URI> advertised,
    Optional<Tls> tls,
    Duration idleTimeout,
    Duration creationTimeout,
    Duration urlLife,
    int inFlightMax) {
  private static final Set<String> WILDCARDS = Set.of("", "0.0.0.0", "::", "[::]");

  /**
   * TLS.
   *
   * @param certificate what the server shows; empty is one that it makes and signs itself
   * @param clientCa who must have signed the certificates of clients; empty is no such demand
   */
  public record Tls(Optional<Certificate> certificate, Optional<Path> clientCa) {}

  /** A certificate, with what it was signed by, and its key, in PEM. */
  public record Certificate(Path chain, Path key) {}

  public StreamingConfig {
    check("streaming port", port >= 0 && port <= 65_535, port, "0 to 65535");
    check("streaming urls in flight", inFlightMax > 0, inFlightMax, "at least 1");
    check("streaming idle timeout", idleTimeout.isPositive(), idleTimeout, "more than zero");
    check(
        "streaming creation timeout",
        creationTimeout.isPositive(),
        creationTimeout,
        "more than zero");
    check("streaming url life", urlLife.isPositive(), urlLife, "more than zero");
    check(
        "streaming host",
        advertised.isPresent() || !WILDCARDS.contains(host),
        "'" + host + "'",
        "an address, or an advertised url besides");
    advertised.ifPresent(
        url -> check("streaming advertised url", absolute(url), url, "http(s)://host[:port][/…]"));
  }

  /** On the loopback, for the kubelet of this node. */
  public static StreamingConfig defaults() {
    return new StreamingConfig(
        "127.0.0.1",
        0,
        Optional.empty(),
        Optional.empty(),
        Duration.ofHours(4),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        1000);
  }

  private static boolean absolute(URI url) {
    return ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
        && url.getHost() != null
        && url.getQuery() == null
        && url.getFragment() == null;
  }

  private static void check(String what, boolean fits, Object value, String expected) {
    if (!fits) {
      throw RuntimeFault.invalid(what + ": " + value + " (expected: " + expected + ")");
    }
  }
}
