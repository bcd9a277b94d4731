package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.util.HashMap;
import java.util.Map;

/** Numbered channels on a WebSocket. What is said on channels that nobody reads is passed over. */
final class WebSocketChannels implements ChannelDecoder.Events {
  private static final short NORMAL = 1000;

  private final Connection connection;
  private final ServerWebSocket socket;
  private final ChannelForm form;
  private final ChannelDecoder decoder;
  private final Map<Integer, Inlet> inlets = new HashMap<>();
  private Future<Void> lastWritten = Future.succeededFuture();
  private boolean over;

  WebSocketChannels(Connection connection, ServerWebSocket socket, ChannelForm form) {
    this.connection = connection;
    this.socket = socket;
    this.form = form;
    this.decoder = new ChannelDecoder(form, this);
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
    lastWritten = connection.sending(data.length(), form.write(socket, channel, data));
    return lastWritten;
  }

  /** All is said. */
  void finish() {
    close(NORMAL);
  }

  private void close(short code) {
    if (!over) {
      closed();
      var _ = socket.close(code);
      connection.finish(lastWritten);
    }
  }

  private void closed() {
    over = true;
    decoder.close();
    inlets.values().forEach(Inlet::discard);
  }

  private void arrived(WebSocketFrame frame) {
    connection.touched();
    if (frame.isBinary() || frame.isText() || frame.isContinuation()) {
      decoder.decode(frame.binaryData(), frame.isFinal());
    }
  }

  @Override
  public void said(int channel, Buffer content) {
    var inlet = inlets.get(channel);
    if (inlet != null) {
      inlet.arrived(content);
    }
  }

  @Override
  public void ended(int channel) {
    var inlet = inlets.get(channel);
    if (inlet != null) {
      inlet.end();
    }
  }

  @Override
  public void violated(short code) {
    close(code);
  }
}
