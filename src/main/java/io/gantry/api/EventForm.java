package io.gantry.api;

import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.streams.WriteStream;
import java.util.List;

/**
 * How a client is told facts. Facts are put into form once, for all who want the same ones.
 *
 * @param <O> what a client of this form is written to
 */
abstract class EventForm<O extends WriteStream<Buffer>> {
  /** More messages than are ever ready at once. */
  private static final int FLUSHES = 256;

  /** What a client sees of one fact, or of a gap. {@code data} is a JSON object. */
  record Event(long sequence, String type, String data) {}

  /** Events in the form, to be written to any number of clients. */
  interface Formed<O> {
    void writeTo(O out);
  }

  abstract Formed<O> formed(List<Event> events);

  /** Tells a client that there is still somebody here. */
  abstract void alive(O out);

  /** Server-sent events: all that is ready is one write. */
  static final EventForm<HttpServerResponse> LINES =
      new EventForm<>() {
        private static final Buffer ALIVE = Buffer.buffer(": alive\n\n");

        @Override
        Formed<HttpServerResponse> formed(List<Event> events) {
          var text = new StringBuilder();
          for (var event : events) {
            text.append("id: ").append(event.sequence());
            text.append("\nevent: ").append(event.type());
            text.append("\ndata: ").append(event.data()).append("\n\n");
          }
          var bytes = Buffer.buffer(text.toString());
          return out -> out.write(bytes);
        }

        @Override
        void alive(HttpServerResponse out) {
          out.write(ALIVE);
        }
      };

  /** A message of a WebSocket for each. */
  static final EventForm<ServerWebSocket> MESSAGES =
      new EventForm<>() {
        @Override
        Formed<ServerWebSocket> formed(List<Event> events) {
          var messages = events.stream().map(it -> message(it)).toList();
          return out -> messages.forEach(out::writeTextMessage);
        }

        private static String message(Event event) {
          return "{\"sequence\":%d,\"type\":\"%s\",\"data\":%s}"
              .formatted(event.sequence(), event.type(), event.data());
        }

        @Override
        void alive(ServerWebSocket out) {
          out.writePing(Buffer.buffer());
        }
      };

  /** A WebSocket whose messages go to the socket together, if they are written together. */
  static Future<ServerWebSocket> upgraded(HttpServerRequest request) {
    ((ConnectionBase) request.connection())
        .channel()
        .pipeline()
        .addFirst(new FlushConsolidationHandler(FLUSHES, true));
    return request.toWebSocket();
  }
}
