package io.gantry.api;

import io.gantry.access.Role;
import io.gantry.errors.RuntimeFault;
import io.netty.util.NetUtil;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the REST API is served.
 *
 * @param socket guarded by its file permissions: whoever may open it may do all
 * @param tcp empty: only there
 */
public record ApiConfig(Path socket, Optional<Tcp> tcp) {
  /** As much as a request may bring. */
  static final int BODY_BYTES_MAX = 1 << 20;

  /** As long as its first line may be: a command to execute stands in it. */
  static final int LINE_BYTES_MAX = 32 << 10;

  /**
   * The same over TCP, with TLS.
   *
   * @param certificate empty: one that the daemon makes and signs itself at each start
   * @param clientCa whose certificates let clients in; empty: they need a token
   * @param clientRoles what the common name of a certificate may do; {@code *} stands for those
   *     that are not named
   * @param anonymous what those may do who prove nothing
   */
  public record Tcp(
      String host,
      int port,
      Optional<Certificate> certificate,
      Optional<Path> clientCa,
      Map<String, Role> clientRoles,
      Optional<Role> anonymous) {
    public Tcp {
      clientRoles = Map.copyOf(clientRoles);
      if (anonymous.isPresent() && !loopback(host)) {
        throw RuntimeFault.invalid(
            "api.anonymous-role: "
                + anonymous.get().word()
                + " at "
                + host
                + " (expected: none, or api.listen on a loopback address)");
      }
      if (!clientRoles.isEmpty() && clientCa.isEmpty()) {
        throw RuntimeFault.invalid(
            "api.tls.client-roles: without api.tls.client-ca (expected: who signs the"
                + " certificates)");
      }
    }

    private static boolean loopback(String host) {
      var address = NetUtil.createInetAddressFromIpAddressString(host);
      return address != null && address.isLoopbackAddress();
    }
  }

  /** A certificate, with what it was signed by, and its key, in PEM. */
  public record Certificate(Path chain, Path key) {}
}
