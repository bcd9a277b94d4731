package io.gantry.network;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.SandboxId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A pod that is attached, or about to be: all that a DEL needs to be like the ADD it takes back.
 *
 * @param chain the configuration as it was used
 * @param result of the last plugin's ADD; empty if not all of them have run
 */
record Entry(Parameters pod, Chain chain, Optional<ObjectNode> result) {
  /** The form written below; a reader takes fields it does not know as nothing. */
  private static final int FORMAT = 1;

  Entry with(ObjectNode result) {
    return new Entry(pod, chain, Optional.of(result));
  }

  /** What the pod got, once the last plugin has run. */
  Attachment attachment() {
    var addresses = result.map(last -> PluginOutput.addresses(chain, last)).orElse(List.of());
    return new Attachment(chain.network(), addresses);
  }

  /** The request as it is kept; the result is kept apart. */
  ObjectNode json() {
    var json =
        CniJson.empty()
            .put("format", FORMAT)
            .put("network", chain.network())
            .put("cniVersion", chain.cniVersion())
            .put("netns", pod.netns())
            .put("ifname", pod.ifname())
            .put("args", pod.args());
    json.putArray("plugins").addAll(chain.plugins());
    var without = json.putArray("without");
    chain.without().stream().sorted().forEach(verb -> without.add(verb.name()));
    json.set("capabilities", pod.capabilities());
    return json;
  }

  static Entry of(SandboxId id, ObjectNode json) {
    if (json.path("format").asInt() != FORMAT) {
      throw RuntimeFault.internal(
          "format: " + json.path("format") + " (expected: " + FORMAT + ")", null);
    }
    var pod =
        new Parameters(
            id,
            json.path("netns").asText(),
            json.path("ifname").asText(),
            json.path("args").asText(),
            json.path("capabilities") instanceof ObjectNode known ? known : CniJson.empty());
    return new Entry(pod, chain(json), Optional.empty());
  }

  private static Chain chain(ObjectNode json) {
    var plugins = new ArrayList<ObjectNode>();
    for (var plugin : json.path("plugins")) {
      if (plugin instanceof ObjectNode object) {
        plugins.add(object);
      }
    }
    return new Chain(
        json.path("network").asText(), json.path("cniVersion").asText(), plugins, without(json));
  }

  private static Set<Verb> without(ObjectNode json) {
    var without = EnumSet.noneOf(Verb.class);
    for (var name : json.path("without")) {
      Arrays.stream(Verb.values())
          .filter(verb -> verb.name().equals(name.asText()))
          .forEach(without::add);
    }
    return without;
  }
}
