package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.util.HashMap;
import java.util.Map;

/**
 * Numbered channels on a WebSocket: the first byte of a message is the number of its channel, the
 * rest is what was said there. Messages for channels that nobody reads are passed over.
 */
final class WebSocketChannels {
  /** A message that ends the channel that its second byte names. */
  private static final int HALF_CLOSE = 255;

  private static final short NORMAL = 1000;
  private static final short PROTOCOL_ERROR = 1002;
  private static final short INVALID_CONTENT = 1007;
  private static final short TOO_BIG = 1009;

  static final int MESSAGE_BYTES_MAX = 1 << 20;

  private final Connection connection;
  private final ServerWebSocket socket;
  private final ChannelForm form;
  private final Map<Integer, Inlet> inlets = new HashMap<>();
  private Buffer message = Buffer.buffer();
  private Future<Void> lastWritten = Future.succeededFuture();
  private boolean over;

  WebSocketChannels(Connection connection, ServerWebSocket socket, ChannelForm form) {
    this.connection = connection;
    this.socket = socket;
    this.form = form;
  }

  /** Reads from now on. */
  void open() {
    connection.closed().onComplete(_ -> closed());
    socket.frameHandler(this::arrived);
  }

  /** What the client says on a channel. */
  Inlet inlet(int channel) {
    return inlets.computeIfAbsent(channel, _ -> new Inlet(connection));
  }

  /** What the client is told on a channel, which has no end that could be told. */
  Outlet outlet(int channel) {
    return new Outlet(connection, (data, last) -> last ? lastWritten : send(channel, data));
  }

  /** Writes a message, even an empty one. */
  Future<Void> send(int channel, Buffer data) {
    connection.touched();
    lastWritten = form.write(socket, channel, data);
    return lastWritten;
  }

  /** All is said. */
  void finish() {
    close(NORMAL);
  }

  private void close(short code) {
    if (!over) {
      over = true;
      inlets.values().forEach(Inlet::discard);
      var _ = socket.close(code);
      connection.finish(lastWritten);
    }
  }

  private void closed() {
    over = true;
    inlets.values().forEach(Inlet::discard);
  }

  private void arrived(WebSocketFrame frame) {
    connection.touched();
    if (over || !(frame.isBinary() || frame.isText() || frame.isContinuation())) {
      return;
    }
    message.appendBuffer(frame.binaryData());
    if (message.length() > MESSAGE_BYTES_MAX) {
      close(TOO_BIG);
    } else if (frame.isFinal()) {
      var whole = message;
      message = Buffer.buffer();
      read(whole);
    }
  }

  private void read(Buffer whole) {
    if (whole.length() == 0) {
      return;
    }
    if (form.halfCloses() && whole.getUnsignedByte(0) == HALF_CLOSE) {
      halfClose(whole);
      return;
    }
    var inlet = inlets.get(form.channel(whole));
    if (inlet == null) {
      return;
    }
    try {
      inlet.arrived(form.content(whole));
    } catch (IllegalArgumentException notBase64) {
      close(INVALID_CONTENT);
    }
  }

  private void halfClose(Buffer whole) {
    if (whole.length() != 2) {
      close(PROTOCOL_ERROR);
      return;
    }
    var inlet = inlets.get((int) whole.getUnsignedByte(1));
    if (inlet != null) {
      inlet.end();
    }
  }
}
