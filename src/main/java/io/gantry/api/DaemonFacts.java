package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.state.Change;
import io.gantry.state.FactDraft;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the stream of facts says of the daemon itself, its handlers and the network: that it has
 * started, and what has become ready since, or is so no more. Those who know that tell nobody: they
 * are looked at every little while. Confined to one context.
 */
final class DaemonFacts {
  private static final long LOOK_MILLIS = 2_000;
  private static final String HANDLER = "Handler";
  private static final String NETWORK = "Network";
  private static final String DAEMON = "Daemon";

  /** How the types of these facts begin; what they hold is for everybody who sees events. */
  static final List<String> TYPES = List.of(DAEMON, HANDLER, NETWORK);

  /** Something that pods need. */
  private record Need(String kind, String name) implements Comparable<Need> {
    @Override
    public int compareTo(Need other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return (kind + " " + name).strip();
    }

    /** The fact that tells of it; {@code why} is empty if it is ready. */
    FactDraft fact(String why) {
      var ready = why.isEmpty() ? "Ready" : "NotReady";
      return new FactDraft(
          kind + ready, name.isEmpty() ? kind : name, new JsonObject().put("why", why));
    }
  }

  private final Behind behind;
  private Map<Need, String> known = Map.of();

  DaemonFacts(Behind behind) {
    this.behind = behind;
  }

  /** Tells that the daemon has started, and from then on what changes. */
  Future<Void> started() {
    known = needs();
    var lacks = new JsonArray();
    known.forEach((need, why) -> lack(lacks, need, why));
    var snapshot = new JsonObject().put("version", behind.version()).put("notReady", lacks);
    behind.vertx().setPeriodic(LOOK_MILLIS, _ -> look());
    return tell(List.of(new FactDraft(DAEMON + "Started", "gantryd", snapshot)));
  }

  private static void lack(JsonArray lacks, Need need, String why) {
    if (!why.isEmpty()) {
      lacks.add(need + ": " + why);
    }
  }

  /** Why each cannot be used; empty if it can. */
  private Map<Need, String> needs() {
    var needs = new TreeMap<Need, String>();
    behind
        .handlers()
        .all()
        .forEach(
            it ->
                needs.put(
                    new Need(HANDLER, it.name()),
                    it.fault().map(fault -> String.valueOf(fault.getMessage())).orElse("")));
    needs.put(new Need(NETWORK, ""), behind.networks().notReady().orElse(""));
    return needs;
  }

  private void look() {
    var now = needs();
    if (now.equals(known)) {
      return;
    }
    var all = new TreeSet<>(known.keySet());
    all.addAll(now.keySet());
    var facts = new ArrayList<FactDraft>();
    for (var need : all) {
      var why = now.getOrDefault(need, "it is configured no more");
      if (!why.equals(known.get(need))) {
        facts.add(need.fact(why));
      }
    }
    known = now;
    var _ = tell(facts);
  }

  /** A disk that is full keeps nobody from working. */
  private Future<Void> tell(List<FactDraft> facts) {
    return behind
        .state()
        .commit(
            Call.internal(behind.tools(), "DaemonFacts"),
            new Change(List.of(), List.of(), facts, false, () -> {}))
        .otherwiseEmpty();
  }
}
