package io.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.channels.ByteChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the daemon, one connection a request. Blocks: a command has nothing else to do.
 *
 * <p>All fail with {@link Refused}: the daemon says no, or says nothing.
 */
final class RestClient {
  private static final int KEY_BYTES = 16;
  private static final int SWITCHING = 101;
  private static final byte[] NOTHING = {};

  private final Route route;

  RestClient(Route route) {
    this.route = route;
  }

  /** A value as part of a path or a query. */
  static String part(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  Route route() {
    return route;
  }

  JsonNode get(String path) {
    return ask("GET", path, null);
  }

  JsonNode post(String path, @Nullable JsonNode body) {
    return ask("POST", path, body);
  }

  JsonNode put(String path, JsonNode body) {
    return ask("PUT", path, body);
  }

  void delete(String path) {
    ask("DELETE", path, null);
  }

  private JsonNode ask(String method, String path, @Nullable JsonNode body) {
    var content = body == null ? NOTHING : body.toString().getBytes(StandardCharsets.UTF_8);
    var headers = headers();
    headers.put("Content-Length", String.valueOf(content.length));
    if (body != null) {
      headers.put("Content-Type", "application/json");
    }
    var answer = new ByteArrayOutputStream();
    exchange(wire -> wire.send(method, "/v1" + path, headers, content), answer::writeBytes);
    return json(answer.toByteArray());
  }

  /**
   * Sends what a file, or a pipe, has. The daemon may say no, or go away, before all is read, and
   * while a pipe has nothing.
   */
  JsonNode upload(String path, ReadableByteChannel content) {
    var headers = headers();
    headers.put("Content-Type", "application/x-tar");
    headers.put("Transfer-Encoding", "chunked");
    var answer = new ByteArrayOutputStream();
    var unreadable = new AtomicReference<IOException>();
    try {
      exchange(
          wire -> {
            wire.send("POST", "/v1" + path, headers, NOTHING);
            Thread.ofPlatform().daemon().start(() -> send(content, wire, unreadable));
          },
          answer::writeBytes);
    } catch (Refused refused) {
      var why = unreadable.get();
      throw why == null ? refused : new Refused(Refused.NO, "archive: " + why.getMessage());
    }
    return json(answer.toByteArray());
  }

  /** What cannot be read ends the connection; what cannot be sent is told by the answer. */
  private static void send(
      ReadableByteChannel content, Wire wire, AtomicReference<IOException> unreadable) {
    try {
      wire.send(content, unreadable);
    } catch (IOException cut) {
      if (unreadable.get() != null) {
        wire.close();
      }
    }
  }

  /** Hands over what comes as it comes, until the daemon ends the answer. */
  void follow(String path, Consumer<byte[]> each) {
    exchange(wire -> wire.send("GET", "/v1" + path, headers(), NOTHING), each);
  }

  /** The text of a page beside the API. */
  byte[] page(String path) {
    var answer = new ByteArrayOutputStream();
    exchange(wire -> wire.send("GET", path, headers(), NOTHING), answer::writeBytes);
    return answer.toByteArray();
  }

  /** Opens a WebSocket of channels. */
  ChannelSocket channels(String path) {
    try {
      var connection = route.open();
      try {
        return new ChannelSocket(route, connection, upgraded(connection, path));
      } catch (IOException | Refused failed) {
        connection.close();
        throw failed;
      }
    } catch (IOException unreachable) {
      throw unreachable(unreachable);
    }
  }

  private byte[] upgraded(ByteChannel connection, String path) throws IOException {
    var key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    var headers = headers();
    headers.put("Connection", "Upgrade");
    headers.put("Upgrade", "websocket");
    headers.put("Sec-WebSocket-Version", "13");
    headers.put("Sec-WebSocket-Key", Base64.getEncoder().encodeToString(key));
    headers.put("Sec-WebSocket-Protocol", ChannelSocket.SUBPROTOCOL);
    var wire = new Wire(connection);
    wire.send("GET", "/v1" + path, headers, NOTHING);
    var status = wire.head();
    if (status != SWITCHING) {
      throw refused(status, wire);
    }
    return wire.rest();
  }

  private Map<String, String> headers() {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Host", route.host());
    headers.put("Connection", "close");
    route.token().ifPresent(token -> headers.put("Authorization", "Bearer " + token));
    return headers;
  }

  /** How a request gets onto its connection. */
  private interface Sending {
    void to(Wire wire) throws IOException;
  }

  private void exchange(Sending sending, Consumer<byte[]> each) {
    try (var connection = route.open()) {
      var wire = new Wire(connection);
      sending.to(wire);
      var status = wire.head();
      if (status >= 400) {
        throw refused(status, wire);
      }
      wire.body(each);
    } catch (EOFException gone) {
      throw Refused.gone(route, "an answer");
    } catch (IOException unreachable) {
      throw unreachable(unreachable);
    }
  }

  private static Refused refused(int status, Wire wire) throws IOException {
    var problem = new ByteArrayOutputStream();
    wire.body(problem::writeBytes);
    try {
      var detail = Trees.read(problem.toByteArray()).path("detail").asText("status " + status);
      return new Refused(Refused.NO, detail);
    } catch (IOException notJson) {
      return new Refused(Refused.NO, "status " + status);
    }
  }

  private Refused unreachable(IOException why) {
    return new Refused(
        Refused.NO_ANSWER,
        "daemon: "
            + route.where()
            + ": "
            + why.getMessage()
            + " (expected: "
            + route.advice()
            + ")");
  }

  private static JsonNode json(byte[] text) {
    try {
      return text.length == 0 ? Trees.MAKE.nullNode() : Trees.read(text);
    } catch (IOException notJson) {
      throw new Refused(Refused.NO_ANSWER, "daemon: an answer that is no JSON");
    }
  }
}
