package io.gantry.image;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Stands before a registry, and closes the connection when a long answer has come to certain places
 * of its blob, once each.
 */
final class CuttingProxy {
  private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
  private static final Pattern RANGE = Pattern.compile("(?im)^content-range: *bytes (\\d+)-");
  private static final String HEAD_END = "\r\n\r\n";

  private final NetServer server;
  private final NetClient client;
  private final String upstreamHost;
  private final int upstreamPort;
  private final long longBytes;
  private final TreeSet<Long> places;
  private final boolean hidesRanges;
  private long passed;
  private int cuts;

  private CuttingProxy(
      Vertx vertx, String upstream, long longBytes, TreeSet<Long> places, boolean hidesRanges)
      throws Exception {
    this.upstreamHost = upstream.substring(0, upstream.indexOf(':'));
    this.upstreamPort = Integer.parseInt(upstream.substring(upstream.indexOf(':') + 1));
    this.longBytes = longBytes;
    this.places = places;
    this.hidesRanges = hidesRanges;
    this.client = vertx.createNetClient();
    this.server =
        vertx
            .createNetServer()
            .connectHandler(this::connected)
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS);
  }

  /**
   * Cuts answers of the length of a blob.
   *
   * @param blobBytes how long the blob is
   */
  static CuttingProxy of(Vertx vertx, String upstream, long blobBytes, TreeSet<Long> places)
      throws Exception {
    return new CuttingProxy(vertx, upstream, blobBytes, places, false);
  }

  /** One that also takes the question for a range out of requests. */
  static CuttingProxy hidingRanges(
      Vertx vertx, String upstream, long blobBytes, TreeSet<Long> places) throws Exception {
    return new CuttingProxy(vertx, upstream, blobBytes, places, true);
  }

  String host() {
    return "127.0.0.1:" + server.actualPort();
  }

  /** Bytes of long answers that came through. */
  synchronized long passed() {
    return passed;
  }

  synchronized int cuts() {
    return cuts;
  }

  private void connected(NetSocket down) {
    down.pause();
    client
        .connect(upstreamPort, upstreamHost)
        .onFailure(_ -> down.close())
        .onSuccess(up -> join(down, up));
  }

  private void join(NetSocket down, NetSocket up) {
    var answers = new Answers(down);
    down.handler(bytes -> up.write(asked(bytes)));
    down.closeHandler(_ -> up.close());
    up.handler(answers::arrived);
    up.closeHandler(_ -> down.close());
    down.resume();
  }

  private Buffer asked(Buffer bytes) {
    return hidesRanges
        ? Buffer.buffer(
            bytes.toString(StandardCharsets.ISO_8859_1).replace("range: bytes", "x: y"),
            "ISO-8859-1")
        : bytes;
  }

  /** The answers on one connection: heads, and where in its blob each body is. */
  private final class Answers {
    private final NetSocket down;
    private Buffer head = Buffer.buffer();
    private long left;
    private long at;
    private boolean isLong;
    private boolean closed;

    Answers(NetSocket down) {
      this.down = down;
    }

    void arrived(Buffer bytes) {
      if (closed) {
        return;
      }
      if (left == 0) {
        head.appendBuffer(bytes);
        var text = head.toString(StandardCharsets.ISO_8859_1);
        var end = text.indexOf(HEAD_END);
        if (end < 0) {
          return;
        }
        begin(text.substring(0, end + 2));
        down.write(head.slice(0, end + HEAD_END.length()));
        var rest = head.slice(end + HEAD_END.length(), head.length());
        head = Buffer.buffer();
        if (rest.length() > 0) {
          body(rest);
        }
      } else {
        body(bytes);
      }
    }

    private void begin(String text) {
      var length = LENGTH.matcher(text);
      var range = RANGE.matcher(text);
      left = length.find() ? Long.parseLong(length.group(1)) : 0;
      at = range.find() ? Long.parseLong(range.group(1)) : 0;
      isLong = at + left == longBytes;
    }

    private void body(Buffer bytes) {
      synchronized (CuttingProxy.this) {
        var place = isLong ? places.ceiling(at) : null;
        if (place != null && place < at + bytes.length()) {
          places.remove(place);
          cuts++;
          passed += place - at;
          closed = true;
          down.write(bytes.slice(0, (int) (place - at))).onComplete(_ -> down.close());
          return;
        }
        passed += isLong ? bytes.length() : 0;
      }
      at += bytes.length();
      left -= bytes.length();
      down.write(bytes);
    }
  }

  void close() throws Exception {
    server.close().await(10, TimeUnit.SECONDS);
    client.close().await(10, TimeUnit.SECONDS);
  }
}
