package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.gantry.errors.RuntimeFault;
import io.gantry.image.registry.Endpoint.Capability;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One hosts.toml, as containerd's: mirrors in the order they are written, then the server itself.
 * What is not understood is refused, because ignoring it might trust the wrong server.
 */
final class HostsFile {
  private static final TomlMapper TOML = new TomlMapper();
  private static final Set<String> ANYWHERE =
      Set.of(
          "capabilities", "ca", "client", "skip_verify", "override_path", "header", "dial_timeout");

  private static final Pattern PART =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ms|us|ns|h|m|s)");
  private static final Pattern DURATION = Pattern.compile("(?:" + PART + ")+|0");
  private static final Map<String, Duration> UNITS =
      Map.of(
          "h", Duration.ofHours(1),
          "m", Duration.ofMinutes(1),
          "s", Duration.ofSeconds(1),
          "ms", Duration.ofMillis(1),
          "us", Duration.ofNanos(1000),
          "ns", Duration.ofNanos(1));

  private final Path file;
  private final URI ownServer;

  private HostsFile(Path file, URI ownServer) {
    this.file = file;
    this.ownServer = ownServer;
  }

  /**
   * Reads {@code file}; {@code ownServer} is where the host is if the file does not say. Blocks.
   */
  static List<Endpoint> read(Path file, URI ownServer) throws IOException {
    return new HostsFile(file, ownServer).parse(Files.readString(file));
  }

  private List<Endpoint> parse(String text) throws IOException {
    var root = tree(text);
    var endpoints = new ArrayList<Endpoint>();
    for (var mirror : root.path("host").properties()) {
      var place = "host.\"" + mirror.getKey() + "\"";
      known(mirror.getValue(), place + ".", Set.of());
      endpoints.add(endpoint(address(mirror.getKey(), place), mirror.getValue(), place, false));
    }
    known(root, "", Set.of("server", "host"));
    var server = root.path("server");
    var address = server.isMissingNode() ? ownServer : address(text(server, "server"), "server");
    endpoints.add(endpoint(address, root, "server", true));
    return List.copyOf(endpoints);
  }

  private JsonNode tree(String text) {
    try {
      return TOML.readTree(text);
    } catch (JsonProcessingException malformed) {
      var at = malformed.getLocation();
      throw RuntimeFault.precondition(
          file
              + " line "
              + (at == null ? 0 : at.getLineNr())
              + ": "
              + malformed.getOriginalMessage());
    }
  }

  private void known(JsonNode table, String prefix, Set<String> besides) {
    table
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!ANYWHERE.contains(key) && !besides.contains(key)) {
                throw wrong(prefix + key, "not supported", "one of " + keys(besides));
              }
            });
  }

  private static List<String> keys(Set<String> besides) {
    var all = new ArrayList<>(ANYWHERE);
    all.addAll(besides);
    return all.stream().sorted().toList();
  }

  private Endpoint endpoint(URI address, JsonNode table, String place, boolean upstream)
      throws IOException {
    var whole = flag(table, place, "override_path");
    return new Endpoint(
        whole ? address : withVersion(address),
        capabilities(table.path("capabilities"), place),
        new Tls(
            flag(table, place, "skip_verify"),
            authorities(table.path("ca"), place),
            identities(table.path("client"), place)),
        headers(table.path("header"), place),
        dialTimeout(table.path("dial_timeout"), place),
        upstream);
  }

  private URI address(String text, String place) {
    try {
      var address = new URI(text.contains("://") ? text : "https://" + text);
      var scheme = Origins.scheme(address);
      if (address.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return address;
      }
    } catch (URISyntaxException _) {
      // Told below.
    }
    throw wrong(place, "'" + text + "'", "an http or https address");
  }

  static URI withVersion(URI address) {
    var path = address.getPath() == null ? "" : address.getPath().replaceFirst("/+$", "");
    return address.resolve(path.endsWith("/v2") ? path : path + "/v2");
  }

  private Set<Capability> capabilities(JsonNode list, String place) {
    if (list.isMissingNode()) {
      return Endpoint.ALL;
    }
    var found = EnumSet.noneOf(Capability.class);
    for (var word : texts(list, place + " capabilities")) {
      switch (word) {
        case "pull" -> found.add(Capability.PULL);
        case "resolve" -> found.add(Capability.RESOLVE);
        case "push", "referrers" -> {} // never asked for here
        default ->
            throw wrong(
                place + " capabilities", "'" + word + "'", "pull, resolve, push, referrers");
      }
    }
    return found;
  }

  private String authorities(JsonNode paths, String place) throws IOException {
    var pem = new StringBuilder();
    for (var path : texts(paths, place + " ca")) {
      pem.append(Files.readString(file.resolveSibling(path))).append('\n');
    }
    return pem.toString();
  }

  /** One file with certificate and key, a list of such files, or a list of pairs. */
  private List<Tls.Identity> identities(JsonNode client, String place) throws IOException {
    if (client.isMissingNode()) {
      return List.of();
    }
    var found = new ArrayList<Tls.Identity>();
    for (var item : client.isArray() ? client : List.of(client)) {
      var paths = texts(item, place + " client");
      if (paths.size() == 2 && paths.getLast().isEmpty()) {
        paths.removeLast();
      }
      if (paths.isEmpty() || paths.size() > 2) {
        throw wrong(place + " client", item.toString(), "a file, or a certificate and its key");
      }
      found.add(
          new Tls.Identity(
              Files.readString(file.resolveSibling(paths.getFirst())),
              Files.readString(file.resolveSibling(paths.getLast()))));
    }
    return found;
  }

  /** A duration as Go writes it, such as {@code 1m30s}; 0 is none of its own. */
  private Optional<Duration> dialTimeout(JsonNode node, String place) {
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    var written = text(node, place + " dial_timeout");
    if (!DURATION.matcher(written).matches()) {
      throw wrong(place + " dial_timeout", "'" + written + "'", "a duration such as 5s or 500ms");
    }
    var nanos = BigDecimal.ZERO;
    for (var part = PART.matcher(written); part.find(); ) {
      var unit = Objects.requireNonNull(UNITS.get(part.group(2)));
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit.toNanos())));
    }
    var duration = Duration.ofNanos(nanos.longValue());
    return duration.toMillis() <= 0 ? Optional.empty() : Optional.of(duration);
  }

  private Map<String, List<String>> headers(JsonNode table, String place) {
    var headers = new LinkedHashMap<String, List<String>>();
    table
        .properties()
        .forEach(
            header ->
                headers.put(
                    header.getKey(),
                    texts(header.getValue(), place + " header " + header.getKey())));
    return headers;
  }

  private boolean flag(JsonNode table, String place, String key) {
    var node = table.path(key);
    if (!node.isMissingNode() && !node.isBoolean()) {
      throw wrong(place + " " + key, node.toString(), "true or false");
    }
    return node.asBoolean(false);
  }

  /** A text, or a list of them. */
  private List<String> texts(JsonNode node, String key) {
    var texts = new ArrayList<String>();
    if (node.isArray()) {
      node.forEach(item -> texts.add(text(item, key)));
    } else if (!node.isMissingNode()) {
      texts.add(text(node, key));
    }
    return texts;
  }

  private String text(JsonNode node, String key) {
    if (!node.isTextual()) {
      throw wrong(key, node.toString(), "a text");
    }
    return node.textValue();
  }

  private RuntimeFault wrong(String key, String value, String expected) {
    return RuntimeFault.precondition(
        file + ": " + key + ": " + value + " (expected: " + expected + ")");
  }
}
