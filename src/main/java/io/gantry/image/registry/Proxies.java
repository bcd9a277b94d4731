package io.gantry.image.registry;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which proxy a request goes through. The variables and their meaning are those that other programs
 * of a node understand: {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY}, also in lower
 * case. This machine itself is never reached through a proxy.
 *
 * <p>An exception is a host or a domain with all below it ({@code example.com}), only what is below
 * it ({@code .example.com}), an address, a range ({@code 10.0.0.0/8}), each with a port or without
 * one, or {@code *}.
 */
public final class Proxies {
  public static final Proxies NONE = new Proxies(Optional.empty(), Optional.empty(), List.of());

  private final Optional<ProxyOptions> plain;
  private final Optional<ProxyOptions> encrypted;
  private final List<String> exceptions;

  private Proxies(
      Optional<ProxyOptions> plain, Optional<ProxyOptions> encrypted, List<String> exceptions) {
    this.plain = plain;
    this.encrypted = encrypted;
    this.exceptions = exceptions;
  }

  /**
   * The proxies that {@code environment} names.
   *
   * @throws RuntimeFault INVALID_ARGUMENT for an address that is none; its password is not told
   */
  public static Proxies from(Map<String, String> environment) {
    return new Proxies(
        proxy(environment, "HTTP_PROXY"),
        proxy(environment, "HTTPS_PROXY"),
        Arrays.stream(value(environment, "NO_PROXY").split(",", -1))
            .map(item -> item.strip().toLowerCase(Locale.ROOT))
            .filter(item -> !item.isEmpty())
            .toList());
  }

  private static String value(Map<String, String> environment, String name) {
    var upper = environment.getOrDefault(name, "");
    return upper.isEmpty()
        ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "").strip()
        : upper.strip();
  }

  private static Optional<ProxyOptions> proxy(Map<String, String> environment, String name) {
    var text = value(environment, name);
    return text.isEmpty() ? Optional.empty() : Optional.of(proxy(name, text));
  }

  private static ProxyOptions proxy(String name, String text) {
    try {
      var address = new URI(text.contains("://") ? text : "http://" + text);
      var type =
          switch (Origins.scheme(address)) {
            case "http" -> ProxyType.HTTP;
            case "socks5", "socks5h" -> ProxyType.SOCKS5;
            default -> null;
          };
      if (address.getHost() != null && type != null) {
        var standard = type == ProxyType.HTTP ? 80 : 1080;
        var options =
            new ProxyOptions()
                .setType(type)
                .setHost(Origins.bare(address.getHost()))
                .setPort(address.getPort() < 0 ? standard : address.getPort());
        return withUser(options, address.getRawUserInfo() == null ? "" : address.getRawUserInfo());
      }
    } catch (URISyntaxException | IllegalArgumentException _) {
      // Told below, without the text: it may hold a password.
    }
    throw RuntimeFault.invalid(
        name + ": (hidden) (expected: http://[user:password@]host:port, or socks5://)");
  }

  private static ProxyOptions withUser(ProxyOptions options, String user) {
    if (user.isEmpty()) {
      return options;
    }
    var parts = user.split(":", 2);
    options.setUsername(decoded(parts[0]));
    return parts.length == 2 ? options.setPassword(decoded(parts[1])) : options;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** The proxy on the way to {@code address}. */
  Optional<ProxyOptions> on(URI address) {
    var proxy = Origins.scheme(address).equals("https") ? encrypted : plain;
    return proxy.filter(_ -> !excepted(address));
  }

  private boolean excepted(URI address) {
    var host =
        Origins.bare(Optional.ofNullable(address.getHost()).orElse("")).toLowerCase(Locale.ROOT);
    return Origins.isLoopback(Optional.ofNullable(address.getHost()).orElse(""))
        || exceptions.stream().anyMatch(item -> matches(item, host, Origins.port(address)));
  }

  private static boolean matches(String item, String host, int port) {
    if (item.equals("*")) {
      return true;
    }
    if (item.contains("/")) {
      return inRange(item, host);
    }
    var colon = item.lastIndexOf(':');
    var portGiven = colon > 0 && (item.indexOf(':') == colon || item.startsWith("["));
    var ported = portGiven && item.substring(colon + 1).matches("[0-9]{1,5}");
    if (ported && Integer.parseInt(item.substring(colon + 1)) != port) {
      return false;
    }
    var name = Origins.bare(ported ? item.substring(0, colon) : item).replaceFirst("^\\*\\.", ".");
    return name.startsWith(".")
        ? host.endsWith(name)
        : host.equals(name) || (!isAddress(host) && host.endsWith("." + name));
  }

  private static boolean isAddress(String host) {
    return host.matches("[0-9.]+") || host.contains(":");
  }

  /** Whether a numeric address is in a range; names are never looked up. */
  private static boolean inRange(String range, String host) {
    var slash = range.indexOf('/');
    var bits = range.substring(slash + 1);
    if (!isAddress(host) || !isAddress(range.substring(0, slash)) || !bits.matches("[0-9]{1,3}")) {
      return false;
    }
    try {
      var one = InetAddress.ofLiteral(range.substring(0, slash)).getAddress();
      var other = InetAddress.ofLiteral(host).getAddress();
      return one.length == other.length && sameBits(one, other, Integer.parseInt(bits));
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  private static boolean sameBits(byte[] one, byte[] other, int count) {
    for (var i = 0; i < Math.min(count, one.length * 8); i++) {
      var mask = 0x80 >> i % 8;
      if ((one[i / 8] & mask) != (other[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
