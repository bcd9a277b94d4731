package io.gantry.api;

import io.gantry.call.Call;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Why this node takes no new pods, and what still runs on it. */
final class DrainResource {
  private final Sandboxes sandboxes;

  DrainResource(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  void serve(Door door) {
    door.object("getDrains", this::get)
        .object("beginDrain", this::begin)
        .done("endDrain", this::end);
  }

  private Future<JsonObject> get(Call call, Asked asked) {
    return Future.succeededFuture(seen());
  }

  private Future<JsonObject> begin(Call call, Asked asked) {
    return sandboxes
        .drains()
        .begin(call, asked.path("name"), asked.body().getString("reason"))
        .map(_ -> seen());
  }

  private Future<Void> end(Call call, Asked asked) {
    return sandboxes.drains().end(call, asked.path("name"));
  }

  private JsonObject seen() {
    var drains = new JsonArray();
    for (var drain : sandboxes.drains().all()) {
      drains.add(
          new JsonObject()
              .put("name", drain.name())
              .put("reason", drain.reason())
              .put("since", drain.since().toString()));
    }
    return new JsonObject()
        .put("drains", drains)
        .put(
            "running",
            Seen.array(
                sandboxes.list().stream().filter(Sandbox::ready).map(Seen::sandbox).toList()));
  }
}
