package io.gantry.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A network as its configuration describes it (CNI spec 1.1, section 1): plugins to be run one
 * after the other.
 *
 * @param cniVersion the highest version that both the configuration and this daemon speak
 * @param plugins their configurations; never changed, only copied
 * @param without what the configuration says its plugins must not be asked
 */
record Chain(String network, String cniVersion, List<ObjectNode> plugins, Set<Verb> without) {
  /** Every released version of the specification, in order. */
  static final List<String> VERSIONS =
      List.of("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

  /** Before this one, a DEL knew no previous result. */
  private static final int PREVIOUS_RESULT_SINCE = VERSIONS.indexOf("0.4.0");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

  /** A network of no plugins: to detach from it does nothing. */
  static final Chain NONE = new Chain("none", VERSIONS.getLast(), List.of());

  Chain {
    checkName("name", network);
    if (!VERSIONS.contains(cniVersion)) {
      throw unknownVersion(cniVersion);
    }
    plugins = List.copyOf(plugins);
    without = Set.copyOf(without);
    plugins.forEach(Chain::checkPlugin);
  }

  Chain(String network, String cniVersion, List<ObjectNode> plugins) {
    this(network, cniVersion, plugins, Set.of());
  }

  /**
   * What a file says: a list, or the single plugin of the specification's first versions.
   *
   * @param folder the plugins that the folder of the network's name adds to a list
   */
  static Chain parse(ObjectNode conf, Function<String, List<ObjectNode>> folder) {
    var network = checkName("name", conf.path("name").asText());
    var plugins = new ArrayList<ObjectNode>();
    if (conf.has("type") && !conf.has("plugins")) {
      plugins.add(conf);
    } else {
      conf.path("plugins").forEach(plugin -> plugins.add(objectOf(plugin)));
      if (!conf.path("loadOnlyInlinedPlugins").asBoolean()) {
        plugins.addAll(folder.apply(network));
      }
    }
    if (plugins.isEmpty()) {
      throw RuntimeFault.invalid("plugins: none (expected: a list with at least one)");
    }
    return new Chain(network, version(conf), plugins, disabled(conf));
  }

  private static Set<Verb> disabled(ObjectNode conf) {
    var disabled = EnumSet.noneOf(Verb.class);
    if (conf.path("disableCheck").asBoolean()) { // also of the text "true", which libcni takes
      disabled.add(Verb.CHECK);
    }
    if (conf.path("disableGC").asBoolean()) {
      disabled.add(Verb.GC);
    }
    return disabled;
  }

  /** Whether its plugins may be asked this. */
  boolean speaks(Verb verb) {
    return verb.knownIn(cniVersion) && !without.contains(verb);
  }

  /** The name of a plugin's program. */
  static String type(ObjectNode plugin) {
    return plugin.path("type").asText();
  }

  /** Whether a DEL of this version is told the result of the ADD. */
  boolean tellsResultToDelete() {
    return VERSIONS.indexOf(cniVersion) >= PREVIOUS_RESULT_SINCE;
  }

  private static String version(ObjectNode conf) {
    var named = conf.path("cniVersion").asText();
    var highest = supported(named);
    for (var offered : conf.path("cniVersions")) {
      highest = Math.max(highest, supported(offered.asText()));
    }
    if (highest >= 0) {
      return VERSIONS.get(highest);
    }
    if (named.isEmpty()) {
      return VERSIONS.getFirst(); // what a file without a version meant before there were versions
    }
    throw unknownVersion(named);
  }

  private static int supported(String version) {
    return VERSIONS.indexOf(version);
  }

  private static RuntimeFault unknownVersion(String version) {
    return RuntimeFault.invalid(
        "cniVersion: '" + version + "' (expected: one of " + String.join(", ", VERSIONS) + ")");
  }

  private static ObjectNode objectOf(JsonNode plugin) {
    if (plugin instanceof ObjectNode object) {
      return object;
    }
    throw RuntimeFault.invalid("plugins: not a list of objects (expected: [{\"type\": …}, …])");
  }

  private static void checkPlugin(ObjectNode plugin) {
    checkName("type", type(plugin));
    var ipam = plugin.path("ipam").path("type").asText();
    if (!ipam.isEmpty()) { // an empty one is none: a network without addresses
      checkName("ipam.type", ipam);
    }
  }

  /** A bare name: a type such as {@code ../../bin/sh} would run any program (CVE-2021-20206). */
  private static String checkName(String key, String name) {
    if (!NAME.matcher(name).matches() || name.contains("..")) {
      throw RuntimeFault.invalid(
          key + ": '" + name + "' (expected: letters, digits, '_', '.' and '-', and no path)");
    }
    return name;
  }
}
