package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.handler.HandlerStatus;
import io.gantry.state.Change;
import io.gantry.state.FactDraft;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What the stream of facts says of the daemon itself: that it has started, and what it lacks. */
final class DaemonFacts {
  private final Behind behind;

  DaemonFacts(Behind behind) {
    this.behind = behind;
  }

  /** A disk that is full keeps nobody from starting. */
  Future<Void> started() {
    var notReady = new JsonArray();
    behind.handlers().all().stream()
        .filter(it -> it.fault().isPresent())
        .forEach(it -> notReady.add(handler(it)));
    behind.networks().notReady().ifPresent(why -> notReady.add("network: " + why));
    var snapshot = new JsonObject().put("version", behind.version()).put("notReady", notReady);
    var fact = new FactDraft("DaemonStarted", "gantryd", snapshot);
    return behind
        .state()
        .commit(
            Call.internal(behind.tools(), "DaemonStarted"),
            new Change(List.of(), List.of(), List.of(fact), false, () -> {}))
        .otherwiseEmpty();
  }

  private static String handler(HandlerStatus status) {
    return "handler "
        + status.name()
        + ": "
        + status.fault().map(it -> String.valueOf(it.getMessage())).orElse("");
  }
}
