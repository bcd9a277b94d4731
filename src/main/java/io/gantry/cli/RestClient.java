package io.gantry.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the daemon over its Unix socket, one connection a request. Blocks: a command has nothing
 * else to do. Netty frames the messages; an event loop would only cost time at the start.
 */
final class RestClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BLOCK = 64 << 10;
  private static final int KEY_BYTES = 16;
  private static final int SWITCHING = 101;

  private final Path socket;

  RestClient(Path socket) {
    this.socket = socket;
  }

  /** A value as part of a path or a query. */
  static String part(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) {
    return ask(HttpMethod.GET, path, null);
  }

  JsonNode post(String path, @Nullable JsonNode body) {
    return ask(HttpMethod.POST, path, body);
  }

  JsonNode put(String path, JsonNode body) {
    return ask(HttpMethod.PUT, path, body);
  }

  /** Sends what a file, or a pipe, has; the daemon may say no before it has read all. */
  JsonNode upload(String path, ReadableByteChannel content) {
    var answer = new ByteArrayOutputStream();
    try (var connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      connection.connect(UnixDomainSocketAddress.of(socket));
      var request = request(HttpMethod.POST, path, null);
      request
          .headers()
          .remove(HttpHeaderNames.CONTENT_LENGTH)
          .set(HttpHeaderNames.CONTENT_TYPE, "application/x-tar")
          .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
      var exchange = new Exchange(connection);
      exchange.begin(request, content);
      exchange.finish(bytes -> answer.write(bytes, 0, bytes.length));
    } catch (IOException unreachable) {
      throw unreachable(unreachable);
    }
    return json(answer.toByteArray());
  }

  void delete(String path) {
    ask(HttpMethod.DELETE, path, null);
  }

  private JsonNode ask(HttpMethod method, String path, @Nullable JsonNode body) {
    var answer = new ByteArrayOutputStream();
    exchange(method, path, body, bytes -> answer.write(bytes, 0, bytes.length));
    return json(answer.toByteArray());
  }

  /** Hands over what comes as it comes, until the daemon ends the answer. */
  void follow(String path, Consumer<byte[]> each) {
    exchange(HttpMethod.GET, path, null, each);
  }

  /** Opens a WebSocket of channels. */
  ChannelSocket channels(String path) {
    try {
      var connection = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        connection.connect(UnixDomainSocketAddress.of(socket));
        var request = request(HttpMethod.GET, path, null);
        var key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        request
            .headers()
            .set(HttpHeaderNames.CONNECTION, "Upgrade")
            .set(HttpHeaderNames.UPGRADE, "websocket")
            .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13")
            .set(HttpHeaderNames.SEC_WEBSOCKET_KEY, Base64.getEncoder().encodeToString(key))
            .set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, ChannelSocket.SUBPROTOCOL)
            .remove(HttpHeaderNames.CONTENT_LENGTH);
        return new ChannelSocket(connection, new Exchange(connection).upgrade(request));
      } catch (IOException | Refused failed) {
        connection.close();
        throw failed;
      }
    } catch (IOException unreachable) {
      throw unreachable(unreachable);
    }
  }

  private void exchange(
      HttpMethod method, String path, @Nullable JsonNode body, Consumer<byte[]> each) {
    try (var connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      connection.connect(UnixDomainSocketAddress.of(socket));
      new Exchange(connection).run(request(method, path, body), each);
    } catch (IOException unreachable) {
      throw unreachable(unreachable);
    }
  }

  private Refused unreachable(IOException why) {
    return new Refused(
        Refused.NO_ANSWER,
        "daemon: "
            + socket
            + ": "
            + why.getMessage()
            + " (expected: gantryd running and serving there; another socket is given by"
            + " --socket or GANTRY_API_SOCKET)");
  }

  private static DefaultFullHttpRequest request(
      HttpMethod method, String path, @Nullable JsonNode body) {
    var content =
        body == null
            ? Unpooled.EMPTY_BUFFER
            : Unpooled.copiedBuffer(body.toString(), StandardCharsets.UTF_8);
    var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/v1" + path, content);
    request
        .headers()
        .set(HttpHeaderNames.HOST, "localhost")
        .set(HttpHeaderNames.CONNECTION, "close")
        .set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
    if (body != null) {
      request.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    }
    return request;
  }

  private static JsonNode json(byte[] text) {
    try {
      return text.length == 0 ? JSON.nullNode() : JSON.readTree(text);
    } catch (IOException notJson) {
      throw new Refused(Refused.NO_ANSWER, "daemon: an answer that is no JSON");
    }
  }

  /** One request and its answer on a connection. */
  private static final class Exchange {
    private final SocketChannel connection;
    private final EmbeddedChannel codec = new EmbeddedChannel(new HttpClientCodec());
    private final ByteArrayOutputStream problem = new ByteArrayOutputStream();
    private int status;
    private boolean over;
    private String rest = "";

    Exchange(SocketChannel connection) {
      this.connection = connection;
    }

    /** Asks for another protocol; gives what has come of that behind the daemon's consent. */
    byte[] upgrade(DefaultFullHttpRequest request) throws IOException {
      var rest = new ByteArrayOutputStream();
      write(request);
      var block = ByteBuffer.allocate(BLOCK);
      while (!over && connection.read(block.clear()) >= 0) {
        codec.writeInbound(Unpooled.copiedBuffer(block.flip()));
        take(bytes -> rest.write(bytes, 0, bytes.length));
      }
      codec.finishAndReleaseAll();
      if (status != SWITCHING) {
        throw new Refused(over ? Refused.NO : Refused.NO_ANSWER, detail());
      }
      return rest.toByteArray();
    }

    /** Sends the head of a request and its body in chunks. */
    void begin(DefaultFullHttpRequest request, ReadableByteChannel content) throws IOException {
      var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), request.uri());
      head.headers().set(request.headers());
      try {
        write(head);
        var block = ByteBuffer.allocate(BLOCK);
        while (content.read(block.clear()) >= 0) {
          write(new DefaultHttpContent(Unpooled.copiedBuffer(block.flip())));
        }
        write(LastHttpContent.EMPTY_LAST_CONTENT);
      } catch (IOException refusedMeanwhile) {
        rest = ": " + refusedMeanwhile.getMessage(); // the answer says why, if there is one
      }
    }

    private void write(Object part) throws IOException {
      codec.writeOutbound(part);
      for (ByteBuf out = codec.readOutbound(); out != null; out = codec.readOutbound()) {
        send(out);
      }
    }

    void run(DefaultFullHttpRequest request, Consumer<byte[]> each) throws IOException {
      write(request);
      finish(each);
    }

    void finish(Consumer<byte[]> each) throws IOException {
      try {
        var block = ByteBuffer.allocate(BLOCK);
        while (!over && connection.read(block.clear()) >= 0) {
          codec.writeInbound(Unpooled.copiedBuffer(block.flip()));
          take(each);
        }
      } finally {
        codec.finishAndReleaseAll();
      }
      if (!over) {
        throw new Refused(
            Refused.NO_ANSWER, "daemon: it went away in the middle of an answer" + rest);
      }
      if (status >= 400) {
        throw new Refused(Refused.NO, detail());
      }
    }

    private void send(ByteBuf out) throws IOException {
      try {
        var bytes = out.nioBuffer();
        while (bytes.hasRemaining()) {
          connection.write(bytes);
        }
      } finally {
        out.release();
      }
    }

    private void take(Consumer<byte[]> each) {
      for (Object part = codec.readInbound(); part != null; part = codec.readInbound()) {
        try {
          if (part instanceof HttpResponse response) {
            status = response.status().code();
          }
          if (part instanceof HttpContent content && content.content().isReadable()) {
            var bytes = new byte[content.content().readableBytes()];
            content.content().readBytes(bytes);
            if (status < 400) {
              each.accept(bytes);
            } else {
              problem.writeBytes(bytes);
            }
          }
          if (part instanceof ByteBuf raw) { // of the other protocol
            each.accept(ByteBufUtil.getBytes(raw));
          }
          over |= part instanceof LastHttpContent;
        } finally {
          ReferenceCountUtil.release(part);
        }
      }
    }

    private String detail() {
      try {
        return JSON.readTree(problem.toByteArray()).path("detail").asText("status " + status);
      } catch (JsonProcessingException notJson) {
        return "status " + status;
      } catch (IOException unreadable) {
        return "status " + status;
      }
    }
  }
}
