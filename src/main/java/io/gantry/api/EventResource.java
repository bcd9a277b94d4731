package io.gantry.api;

import io.gantry.api.ApiVerticle.Behind;
import io.gantry.call.Call;
import io.gantry.container.Container;
import io.gantry.events.Batch;
import io.gantry.events.Entry;
import io.gantry.events.FactReader;
import io.gantry.sandbox.Sandbox;
import io.gantry.state.Json;
import io.gantry.state.SequencedFact;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.WriteStream;
import java.util.List;

/**
 * Facts as server-sent events, or as messages of a WebSocket. What the ring in memory no longer has
 * comes from the outbox; what that no longer has is told as a gap. A client that does not read
 * holds up nobody but itself.
 */
final class EventResource {
  private static final int PAGE = 500;
  private static final long KEEPALIVE_MILLIS = 15_000;

  private final Behind behind;

  EventResource(Behind behind) {
    this.behind = behind;
  }

  void serve(Door door) {
    door.streamed("followEvents", this::follow);
  }

  private Future<Void> follow(Call call, Asked asked) {
    var since = since(asked);
    var prefix = asked.text("type").orElse("");
    if ("websocket".equalsIgnoreCase(asked.context().request().getHeader("Upgrade"))) {
      return asked
          .context()
          .request()
          .toWebSocket()
          .compose(
              socket ->
                  new Stream(Told.on(socket), prefix)
                      .run(call, since)
                      .eventually(socket::close)
                      .mapEmpty());
    }
    var response = asked.context().response().setChunked(true);
    response.putHeader("content-type", "text/event-stream").putHeader("cache-control", "no-store");
    var stream = new Stream(Told.on(response), prefix);
    return response
        .write(": " + since + "\n\n")
        .compose(_ -> stream.run(call, since))
        .compose(_ -> response.closed() ? Future.succeededFuture() : response.end());
  }

  /** How a client is told: by a message of its own for each fact, or as server-sent events. */
  private interface Told {
    WriteStream<Buffer> out();

    void event(long sequence, String type, JsonObject data);

    void alive();

    static Told on(HttpServerResponse response) {
      return new Told() {
        @Override
        public WriteStream<Buffer> out() {
          return response;
        }

        @Override
        public void event(long sequence, String type, JsonObject data) {
          response.write(
              "id: " + sequence + "\nevent: " + type + "\ndata: " + data.encode() + "\n\n");
        }

        @Override
        public void alive() {
          response.write(": alive\n\n");
        }
      };
    }

    static Told on(ServerWebSocket socket) {
      return new Told() {
        @Override
        public WriteStream<Buffer> out() {
          return socket;
        }

        @Override
        public void event(long sequence, String type, JsonObject data) {
          socket.writeTextMessage(
              new JsonObject()
                  .put("sequence", sequence)
                  .put("type", type)
                  .put("data", data)
                  .encode());
        }

        @Override
        public void alive() {
          socket.writePing(Buffer.buffer());
        }
      };
    }
  }

  /** A client that comes back says where it was; one that does not say begins with the news. */
  private long since(Asked asked) {
    var last = asked.context().request().getHeader("Last-Event-ID");
    if (last != null && last.matches("[0-9]{1,15}")) {
      return Long.parseLong(last);
    }
    return asked.count("since").orElseGet(behind.facts()::newest);
  }

  private final class Stream {
    private final Told told;
    private final WriteStream<Buffer> out;
    private final String prefix;
    private final FactReader<SequencedFact> reader = FactReader.of(behind.vertx(), behind.facts());
    private final Promise<Void> over = Promise.promise();

    Stream(Told told, String prefix) {
      this.told = told;
      this.out = told.out();
      this.prefix = prefix;
    }

    Future<Void> run(Call call, long since) {
      var alive = behind.vertx().setPeriodic(KEEPALIVE_MILLIS, _ -> told.alive());
      call.onCancel(over::tryComplete);
      out.exceptionHandler(_ -> over.tryComplete());
      if (out instanceof ServerWebSocket socket) {
        socket.closeHandler(_ -> over.tryComplete());
        socket.handler(_ -> {}); // nothing that a client says means anything
      }
      out.drainHandler(_ -> reader.resume());
      reader.start(since, this::fact, this::gap);
      return over.future()
          .onComplete(
              _ -> {
                behind.vertx().cancelTimer(alive);
                reader.close();
              });
    }

    private void fact(Entry<SequencedFact> entry) {
      send(entry.payload());
      if (out.writeQueueFull()) {
        reader.pause();
      }
    }

    private void send(SequencedFact fact) {
      if (fact.type().startsWith(prefix)) {
        told.event(fact.sequence(), fact.type(), seen(fact));
      }
    }

    private void gap(Batch.Gap<SequencedFact> gap) {
      reader.pause();
      fill(gap.from(), gap.to())
          .onComplete(
              done -> {
                if (done.failed()) {
                  over.tryFail(done.cause());
                } else {
                  reader.resume();
                }
              });
    }

    /** Tells the facts from {@code from} to {@code to}, as far as the outbox has them. */
    private Future<Void> fill(long from, long to) {
      if (from > to) {
        return Future.succeededFuture();
      }
      return behind.state().facts(from - 1, PAGE).compose(found -> caughtUp(found, from, to));
    }

    private Future<Void> caughtUp(List<SequencedFact> found, long from, long to) {
      var first = found.isEmpty() ? to + 1 : Math.min(to + 1, found.getFirst().sequence());
      if (first > from) {
        var lost = new JsonObject().put("from", from).put("to", first - 1);
        told.event(first - 1, "gap", lost);
      }
      found.stream().filter(fact -> fact.sequence() <= to).forEach(this::send);
      var next = found.isEmpty() ? to + 1 : found.getLast().sequence() + 1;
      return drained().compose(_ -> fill(next, to));
    }

    private Future<Void> drained() {
      if (!out.writeQueueFull()) {
        return Future.succeededFuture();
      }
      Promise<Void> room = Promise.promise();
      over.future().onComplete(_ -> room.tryFail("the client went away"));
      out.drainHandler(
          _ -> {
            out.drainHandler(_ -> reader.resume());
            room.tryComplete();
          });
      return room.future();
    }
  }

  private JsonObject seen(SequencedFact fact) {
    var json =
        new JsonObject()
            .put("at", fact.at().toString())
            .put("type", fact.type())
            .put("subject", fact.subject());
    if (fact.type().startsWith("Container")) {
      var container = Json.decode(fact.snapshot(), Container.class);
      var pod = behind.sandboxes().find(container.sandbox().value());
      json.put("container", Seen.container(container, pod));
    } else if (fact.type().startsWith("Sandbox")) {
      json.put("sandbox", Seen.sandbox(Json.decode(fact.snapshot(), Sandbox.class)));
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
