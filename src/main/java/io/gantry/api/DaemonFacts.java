package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.state.Change;
import io.gantry.state.FactDraft;
import io.gantry.state.State;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

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

  /** As many as are kept while they cannot be written; the oldest go. */
  private static final int UNTOLD_MAX = 256;

  /** Something that pods need. */
  record Need(String kind, String name) implements Comparable<Need> {
    @Override
    public int compareTo(Need other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return (kind + " " + name).strip();
    }

    /** The fact that tells of it; {@code why} is empty if it is ready. */
    FactDraft fact(String why, Instant since) {
      var ready = why.isEmpty() ? "Ready" : "NotReady";
      return new FactDraft(
          kind + ready,
          name.isEmpty() ? kind : name,
          new JsonObject().put("why", why).put("since", since.toString()));
    }
  }

  /** Where the facts go. */
  record Told(Vertx vertx, Clock clock, Call.Tools tools, State state) {}

  private final Told told;
  private final String version;
  private final Supplier<Map<Need, String>> needs;
  private final Deque<FactDraft> untold = new ArrayDeque<>();
  private Map<Need, String> known = Map.of();
  private boolean telling;

  /**
   * @param needs says why each cannot be used; an empty text if it can
   */
  DaemonFacts(Told told, String version, Supplier<Map<Need, String>> needs) {
    this.told = told;
    this.version = version;
    this.needs = needs;
  }

  static DaemonFacts of(Behind behind) {
    return new DaemonFacts(
        new Told(behind.vertx(), behind.clock(), behind.tools(), behind.state()),
        behind.version(),
        () -> needs(behind));
  }

  /** Tells that the daemon has started, and from then on what changes. */
  Future<Void> started() {
    known = needs.get();
    var lacks = new JsonArray();
    known.forEach((need, why) -> lack(lacks, need, why));
    told.vertx.setPeriodic(LOOK_MILLIS, _ -> look());
    untold.add(
        new FactDraft(
            DAEMON + "Started",
            "gantryd",
            new JsonObject()
                .put("version", version)
                .put("since", told.clock.instant().toString())
                .put("notReady", lacks)));
    return tell();
  }

  private static void lack(JsonArray lacks, Need need, String why) {
    if (!why.isEmpty()) {
      lacks.add(need + ": " + why);
    }
  }

  private static Map<Need, String> needs(Behind behind) {
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

  /** Finds what has changed, and tells it, with what could not be written before. */
  void look() {
    var now = needs.get();
    var all = new TreeSet<>(known.keySet());
    all.addAll(now.keySet());
    for (var need : all) {
      var why = now.getOrDefault(need, "it is configured no more");
      if (!why.equals(known.get(need))) {
        untold.add(need.fact(why, told.clock.instant()));
      }
    }
    known = now;
    while (untold.size() > UNTOLD_MAX) {
      untold.remove();
    }
    tell();
  }

  /** A disk that is full keeps nobody from working: what cannot be written is told later. */
  private Future<Void> tell() {
    if (telling || untold.isEmpty()) {
      return Future.succeededFuture();
    }
    telling = true;
    var facts = List.copyOf(untold);
    return told.state
        .commit(
            Call.internal(told.tools, "DaemonFacts"),
            new Change(List.of(), List.of(), facts, false, () -> {}))
        .onComplete(
            done -> {
              telling = false;
              if (done.succeeded()) {
                untold.removeAll(facts);
              }
            })
        .otherwiseEmpty();
  }
}
