package io.gantry.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.gantry.errors.RuntimeFault;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/**
 * The values of all keys, checked, and where each came from. The owners' records are made of it by
 * {@link Owners}.
 */
public final class Configuration {
  /** Where a value came from. */
  public enum Source {
    DEFAULT,
    FILE,
    ENVIRONMENT,
    FLAG
  }

  /** A value and its source. */
  public record Value(String text, Source source) {}

  private static final String HANDLER_PREFIX = "handlers.";
  private static final List<String> PROXY_VARIABLES =
      List.of("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy");

  private final Map<Key, Value> values = new EnumMap<>(Key.class);
  private final Map<String, String> handlers = new TreeMap<>();
  private final Map<String, Map<String, String>> dropIns = new TreeMap<>();
  private final Map<String, String> proxies = new TreeMap<>();

  private Configuration() {
    for (var key : Key.values()) {
      values.put(key, new Value(key.standard(), Source.DEFAULT));
    }
  }

  /**
   * Reads a configuration.
   *
   * @param yaml the text of the file, may be empty
   * @param environment of which the variables of the keys are taken
   * @param flags values by the paths of their keys
   * @throws RuntimeFault INVALID_ARGUMENT naming key, value and what was expected
   */
  public static Configuration read(
      String yaml, Map<String, String> environment, Map<String, String> flags) {
    var configuration = new Configuration();
    flattened(yaml).forEach((path, text) -> configuration.set(path, text, Source.FILE));
    for (var key : Key.values()) {
      Optional.ofNullable(environment.get(key.variable()))
          .ifPresent(text -> configuration.set(key.path(), text, Source.ENVIRONMENT));
    }
    PROXY_VARIABLES.forEach(
        name ->
            Optional.ofNullable(environment.get(name))
                .ifPresent(text -> configuration.proxies.put(name, text)));
    flags.forEach((path, text) -> configuration.set(path, text, Source.FLAG));
    return configuration;
  }

  private void set(String path, String text, Source source) {
    for (var key : Key.values()) {
      if (key.path().equals(path)) {
        if (!key.form().fits(text)) {
          throw RuntimeFault.invalid(
              path + ": '" + text + "' (expected: " + key.form().expected() + ")");
        }
        values.put(key, new Value(text, source));
        return;
      }
    }
    if (path.startsWith(HANDLER_PREFIX) && path.chars().filter(c -> c == '.').count() == 2) {
      handlers.put(path.substring(HANDLER_PREFIX.length()), text);
      return;
    }
    if (path.matches("handlers\\.[^.]+") && text.isEmpty()) { // one that has all by default
      handlers.putIfAbsent(path.substring(HANDLER_PREFIX.length()) + ".binary", "");
      return;
    }
    if (text.isEmpty() && isSection(path)) {
      return;
    }
    throw RuntimeFault.invalid(
        path + ": unknown key (expected: one of those in docs/operate/config.md)");
  }

  private static boolean isSection(String path) {
    return path.equals("handlers")
        || Arrays.stream(Key.values()).anyMatch(key -> key.path().startsWith(path + "."));
  }

  public String text(Key key) {
    return value(key).text();
  }

  public Value value(Key key) {
    return java.util.Objects.requireNonNull(values.get(key));
  }

  /** The keys below {@code handlers} other than the default: {@code <name>.<field>}. */
  public Map<String, String> handlers() {
    return Map.copyOf(handlers);
  }

  /**
   * Takes a handler from a file of its own.
   *
   * @throws RuntimeFault INVALID_ARGUMENT if it is not YAML
   */
  public void dropIn(String handler, String yaml) {
    dropIns.put(handler, flattened(yaml));
  }

  /** The fields of the handlers that have files of their own, by their names. */
  public Map<String, Map<String, String>> dropIns() {
    return Map.copyOf(dropIns);
  }

  /** The variables of the environment that name proxies, by the names that they have anywhere. */
  public Map<String, String> proxies() {
    return Map.copyOf(proxies);
  }

  private static Map<String, String> flattened(String yaml) {
    try {
      var flat = new TreeMap<String, String>();
      var root = new YAMLMapper().readTree(yaml);
      if (root != null && !root.isMissingNode() && !root.isNull()) {
        if (!root.isObject()) {
          throw RuntimeFault.invalid("configuration: not a mapping (expected: keys and values)");
        }
        flatten("", root, flat);
      }
      return flat;
    } catch (JsonProcessingException notYaml) {
      throw RuntimeFault.invalid("configuration: not YAML: " + notYaml.getOriginalMessage());
    }
  }

  private static void flatten(String path, JsonNode node, Map<String, String> flat) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        if (node.isEmpty() && !path.isEmpty()) {
          flat.put(path, "");
        }
        node.properties()
            .forEach(
                field ->
                    flatten(
                        path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                        field.getValue(),
                        flat));
      }
      case ARRAY -> {
        var joined = new StringJoiner(",");
        items(node).forEach(joined::add);
        flat.put(path, joined.toString());
      }
      default -> flat.put(path, node.isNull() ? "" : node.asText());
    }
  }

  private static List<String> items(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }
}
