package io.gantry.image.registry;

import java.net.URI;
import java.util.Locale;

/** Scheme, host and port of addresses: the unit of trust. */
final class Origins {
  private Origins() {}

  /** {@code https://host:port}; the port is left out if it is the scheme's own. */
  static String of(URI address) {
    var scheme = scheme(address);
    var port = address.getPort();
    var named = port < 0 || port == ownPort(scheme) ? "" : ":" + port;
    return scheme + "://" + host(address) + named;
  }

  static boolean same(URI one, URI other) {
    return of(one).equals(of(other));
  }

  /** Encrypted, or without leaving this machine. */
  static boolean isPrivate(URI address) {
    return scheme(address).equals("https") || isLoopback(host(address));
  }

  /** Whether a name, with or without a port, means this machine. Nothing is looked up. */
  static boolean isLoopback(String hostAndPort) {
    var host = hostAndPort.replaceFirst(":[0-9]+$", "");
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.[0-9]{1,3}){3}");
  }

  static String scheme(URI address) {
    var scheme = address.getScheme();
    return scheme == null ? "" : scheme.toLowerCase(Locale.ROOT);
  }

  private static String host(URI address) {
    var host = address.getHost();
    return host == null ? "" : host.toLowerCase(Locale.ROOT);
  }

  /** The port that {@code address} means, written or not. */
  static int port(URI address) {
    return address.getPort() < 0 ? ownPort(scheme(address)) : address.getPort();
  }

  /** A host without the brackets of an IPv6 address. */
  static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static int ownPort(String scheme) {
    return scheme.equals("https") ? 443 : 80;
  }
}
