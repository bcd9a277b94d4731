package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A client on a plain socket, which says exactly what a test wants said. */
final class RawClient implements AutoCloseable {
  private static final int MILLIS = 20_000;

  final NettySpdy spdy = new NettySpdy();
  private final Socket socket;
  private final List<String> frames = new ArrayList<>();

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(MILLIS);
  }

  static RawClient to(URI url) throws IOException {
    return new RawClient(new Socket(url.getHost(), url.getPort()));
  }

  /** A client that has been upgraded to SPDY. */
  static RawClient upgraded(URI url, String version) throws IOException {
    var client = to(url);
    client.upgrade("POST", url, version);
    return client;
  }

  void upgrade(String method, URI url, String version) throws IOException {
    say(upgradeRequest(method, url, "X-Stream-Protocol-Version: " + version));
    var head = head();
    if (!head.startsWith("HTTP/1.1 101 ")) {
      throw new IOException(head);
    }
  }

  static String upgradeRequest(String method, URI url, String... headers) {
    return "%s %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n%s\r\n"
        .formatted(
            method,
            url.getPath(),
            String.join("", List.of(headers).stream().map(line -> line + "\r\n").toList()));
  }

  void say(String text) throws IOException {
    say(Buffer.buffer(text));
  }

  void say(Buffer... frames) throws IOException {
    for (var frame : frames) {
      socket.getOutputStream().write(frame.getBytes());
    }
    socket.getOutputStream().flush();
  }

  /** Opens the streams of a process, with the odd numbers from 1. */
  void open(String... types) throws IOException {
    for (var i = 0; i < types.length; i++) {
      say(spdy.open(2 * i + 1, Map.of("streamtype", types[i])));
      until(("reply " + (2 * i + 1))::equals);
    }
  }

  /** The head of an answer; empty if there is none any more. */
  String head() throws IOException {
    var text = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (!text.toString().endsWith("\r\n\r\n")) {
      var next = in.read();
      if (next < 0) {
        break;
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** All frames up to one that fits. */
  List<String> until(Predicate<String> last) throws IOException {
    while (frames.stream().noneMatch(last)) {
      var bytes = new byte[32 * 1024];
      var count = socket.getInputStream().read(bytes);
      if (count < 0) {
        throw new IOException("closed after " + frames);
      }
      frames.addAll(spdy.read(Buffer.buffer().appendBytes(bytes, 0, count)));
    }
    var taken = new ArrayList<String>();
    while (!frames.isEmpty()) {
      var next = frames.removeFirst();
      taken.add(next);
      if (last.test(next)) {
        break;
      }
    }
    return taken;
  }

  /** Whatever comes until the server closes. */
  String rest() throws IOException {
    try {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketTimeoutException stillOpen) {
      throw stillOpen;
    } catch (IOException reset) {
      return "";
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    spdy.close();
  }
}
