package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.sandbox.Sandbox;
import io.gantry.state.Json;
import io.gantry.state.SequencedFact;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * Facts as server-sent events, or as messages of a WebSocket. A client that does not read holds up
 * nobody but itself.
 */
final class EventResource {
  private final Behind behind;
  private final EventReaders readers;

  EventResource(Behind behind) {
    this.behind = behind;
    this.readers = new EventReaders(behind.vertx(), behind.facts(), behind.state(), this::seen);
  }

  void serve(Door door) {
    door.streamed("followEvents", this::follow);
  }

  private Future<Void> follow(Call call, Asked asked) {
    var since = since(asked);
    var prefix = asked.text("type").orElse("");
    var request = asked.context().request();
    if ("websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
      return EventForm.upgraded(request)
          .compose(
              socket ->
                  readers
                      .serve(call, socket, EventForm.MESSAGES, since, prefix)
                      .eventually(socket::close)
                      .mapEmpty());
    }
    var response = asked.context().response().setChunked(true);
    response.putHeader("content-type", "text/event-stream").putHeader("cache-control", "no-store");
    return response
        .write(": " + since + "\n\n")
        .compose(_ -> readers.serve(call, response, EventForm.LINES, since, prefix))
        .compose(_ -> response.closed() ? Future.succeededFuture() : response.end());
  }

  /** A client that comes back says where it was; one that does not say begins with the news. */
  private long since(Asked asked) {
    var last = asked.context().request().getHeader("Last-Event-ID");
    if (last != null && last.matches("[0-9]{1,15}")) {
      return Long.parseLong(last);
    }
    return asked.count("since").orElseGet(behind.facts()::newest);
  }

  private JsonObject seen(SequencedFact fact) {
    var json =
        new JsonObject()
            .put("at", fact.at().toString())
            .put("type", fact.type())
            .put("subject", fact.subject());
    if (fact.type().startsWith("Container")) {
      var container = Json.decode(fact.text(), Container.class);
      var pod = behind.sandboxes().find(container.sandbox().value());
      json.put("container", Seen.container(container, pod));
    } else if (fact.type().startsWith("Sandbox")) {
      json.put("sandbox", Seen.sandbox(Json.decode(fact.text(), Sandbox.class)));
    } else if (fact.type().startsWith("Drain")) {
      json.put("reason", fact.snapshot().getString("reason"));
    } else if (fact.type().startsWith("Image")) {
      json.put("tags", fact.snapshot().getJsonArray("tags"));
    } else if (DaemonFacts.TYPES.stream().anyMatch(fact.type()::startsWith)) {
      json.mergeIn(fact.snapshot());
    }
    return json;
  }
}
