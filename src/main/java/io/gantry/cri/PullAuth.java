package io.gantry.cri;

import io.gantry.cri.proto.AuthConfig;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import io.gantry.image.registry.Credentials;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** The credentials of a pull: one kind of those that a request may have, and for its host alone. */
final class PullAuth {
  private PullAuth() {}

  /**
   * A name and password go before an identity token, that before {@code auth}, and that before a
   * registry token. Credentials for another server than the image's are not shown to it.
   *
   * @throws RuntimeFault INVALID_ARGUMENT for what is malformed, without the secret
   */
  static Optional<Credentials> credentials(ImageRef reference, AuthConfig auth) {
    if (!auth.getServerAddress().isEmpty()
        && !host(auth.getServerAddress()).equals(reference.host())) {
      return Optional.empty();
    }
    if (!auth.getUsername().isEmpty()) {
      return Optional.of(new Credentials.Basic(auth.getUsername(), auth.getPassword()));
    }
    if (!auth.getIdentityToken().isEmpty()) {
      return Optional.of(new Credentials.Identity(auth.getIdentityToken()));
    }
    if (!auth.getAuth().isEmpty()) {
      return Optional.of(decoded(auth.getAuth()));
    }
    return auth.getRegistryToken().isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials.Bearer(auth.getRegistryToken()));
  }

  private static String host(String address) {
    var authority = authority(address);
    return authority.equals("index.docker.io") || authority.equals("registry-1.docker.io")
        ? "docker.io"
        : authority;
  }

  private static String authority(String address) {
    if (!address.contains("://")) {
      return address.split("/", 2)[0];
    }
    try {
      var authority = new URI(address).getAuthority();
      if (authority != null) {
        return authority;
      }
    } catch (URISyntaxException _) {
      // Told below.
    }
    throw RuntimeFault.invalid(
        "auth.server_address: '" + address + "' (expected: a host or its address)");
  }

  private static Credentials decoded(String auth) {
    return Credentials.Basic.decoded(auth)
        .orElseThrow(
            () -> RuntimeFault.invalid("auth: (hidden) (expected: user:password in base64)"));
  }
}
