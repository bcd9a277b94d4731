package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run of one plugin.
 *
 * @param about the pod; empty for what is asked of the plugin itself
 * @param keys that the configuration gets for this run
 * @param bound how long it may take
 */
record Invocation(
    Verb verb,
    Chain chain,
    ObjectNode plugin,
    Optional<Pod> about,
    ObjectNode keys,
    Duration bound) {
  /**
   * A pod as a plugin is told of it.
   *
   * @param netns empty if the namespace is gone
   */
  record Pod(Parameters parameters, String netns) {}

  /**
   * A run about one pod.
   *
   * @param previous the result that this plugin builds upon, or is to take back
   */
  static Invocation ofPod(
      Verb verb,
      Chain chain,
      ObjectNode plugin,
      Pod pod,
      Optional<ObjectNode> previous,
      Duration bound) {
    var keys = CniJson.empty();
    var supplied = capabilities(plugin, pod.parameters());
    if (!supplied.isEmpty()) {
      keys.set("runtimeConfig", supplied);
    }
    previous.ifPresent(result -> keys.set("prevResult", result));
    return new Invocation(verb, chain, plugin, Optional.of(pod), keys, bound);
  }

  /** Whether the plugin could attach a pod now. */
  static Invocation status(Chain chain, ObjectNode plugin, Duration bound) {
    return new Invocation(Verb.STATUS, chain, plugin, Optional.empty(), CniJson.empty(), bound);
  }

  /** Away with all that belongs to none of {@code valid}. */
  static Invocation collection(
      Chain chain, ObjectNode plugin, List<Parameters> valid, Duration bound) {
    var keys = CniJson.empty();
    var attachments = keys.putArray("cni.dev/valid-attachments");
    for (var pod : valid) {
      attachments.addObject().put("containerID", pod.id().value()).put("ifname", pod.ifname());
    }
    return new Invocation(Verb.GC, chain, plugin, Optional.empty(), keys, bound);
  }

  private static ObjectNode capabilities(ObjectNode plugin, Parameters pod) {
    var supplied = CniJson.empty();
    for (var capability : pod.capabilities().properties()) {
      if (plugin.path("capabilities").path(capability.getKey()).asBoolean()) {
        supplied.set(capability.getKey(), capability.getValue());
      }
    }
    return supplied;
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
    return "cni/" + type() + "-" + verb.lower();
  }

  Map<String, String> environment(BinDirs binDirs) {
    var environment = new HashMap<String, String>();
    environment.put("CNI_COMMAND", verb.name());
    environment.put("CNI_PATH", binDirs.path());
    about.ifPresent(
        pod -> {
          environment.put("CNI_CONTAINERID", pod.parameters().id().value());
          environment.put("CNI_NETNS", pod.netns());
          environment.put("CNI_IFNAME", pod.parameters().ifname());
          environment.put("CNI_ARGS", pod.parameters().args());
        });
    return Map.copyOf(environment);
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
    request.remove("cni.dev/valid-attachments");
    request.put("cniVersion", chain.cniVersion()).put("name", chain.network());
    request.setAll(keys);
    return request;
  }
}
