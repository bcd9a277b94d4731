package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One run of one plugin for one pod.
 *
 * @param netns as the plugin is told: empty if the namespace is gone
 * @param previous the result that this plugin builds upon, or is to take back
 * @param bound how long it may take
 */
record Invocation(
    Verb verb,
    Chain chain,
    ObjectNode plugin,
    Parameters pod,
    String netns,
    Optional<ObjectNode> previous,
    Duration bound) {
  enum Verb {
    ADD,
    DEL
  }

  String type() {
    return Chain.type(plugin);
  }

  /** The thing that faults speak of. */
  String what() {
    return "network plugin: " + type() + " " + verb;
  }

  /** The name of this phase of a call. */
  String phase() {
    return "cni/" + type() + "-" + verb.name().toLowerCase(Locale.ROOT);
  }

  Map<String, String> environment(BinDirs binDirs) {
    return Map.of(
        "CNI_COMMAND", verb.name(),
        "CNI_CONTAINERID", pod.id().value(),
        "CNI_NETNS", netns,
        "CNI_IFNAME", pod.ifname(),
        "CNI_ARGS", pod.args(),
        "CNI_PATH", binDirs.path());
  }

  /**
   * The configuration for this run (CNI spec, section 3: deriving the request configuration). The
   * plugin's own keys pass unchanged, but for those that only a runtime sets.
   */
  ObjectNode request() {
    var request = plugin.deepCopy();
    request.remove("capabilities");
    request.remove("prevResult");
    request.remove("runtimeConfig");
    request.put("cniVersion", chain.cniVersion()).put("name", chain.network());
    var runtimeConfig = runtimeConfig();
    if (!runtimeConfig.isEmpty()) {
      request.set("runtimeConfig", runtimeConfig);
    }
    previous.ifPresent(result -> request.set("prevResult", result));
    return request;
  }

  private ObjectNode runtimeConfig() {
    var supplied = CniJson.empty();
    for (var capability : pod.capabilities().properties()) {
      if (plugin.path("capabilities").path(capability.getKey()).asBoolean()) {
        supplied.set(capability.getKey(), capability.getValue());
      }
    }
    return supplied;
  }
}
