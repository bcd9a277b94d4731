package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Stream;

/** The forms in which a WebSocket carries channels, by the names of its subprotocols. */
enum ChannelForm {
  V5("v5.channel.k8s.io", false, true, true),
  V4("v4.channel.k8s.io", false, true, false),
  V4_BASE64("v4.base64.channel.k8s.io", true, true, false),
  V1("channel.k8s.io", false, false, false),
  V1_BASE64("base64.channel.k8s.io", true, false, false),
  /** The client asked for no subprotocol at all. */
  BARE("", false, false, false);

  private final String id;
  private final boolean base64;
  private final boolean structured;
  private final boolean halfCloses;

  ChannelForm(String id, boolean base64, boolean structured, boolean halfCloses) {
    this.id = id;
    this.base64 = base64;
    this.structured = structured;
    this.halfCloses = halfCloses;
  }

  static Optional<ChannelForm> of(String id) {
    return Stream.of(values()).filter(form -> form.id.equals(id)).findFirst();
  }

  /** The name of the subprotocol. */
  String id() {
    return id;
  }

  /** Whether the error channel takes a status. */
  boolean structured() {
    return structured;
  }

  /** Whether a client can end a channel and keep the others. */
  boolean halfCloses() {
    return halfCloses;
  }

  /** The number of the channel that a message, which is not empty, is for. */
  int channel(Buffer message) {
    return message.getUnsignedByte(0) - (base64 ? '0' : 0);
  }

  /**
   * What a message says.
   *
   * @throws IllegalArgumentException if it is not base64 where it must be
   */
  Buffer content(Buffer message) {
    var content = message.slice(1, message.length());
    return base64 ? Buffer.buffer(Base64.getDecoder().decode(content.getBytes())) : content;
  }

  Future<Void> write(ServerWebSocket socket, int channel, Buffer content) {
    if (base64) {
      return socket.writeTextMessage(
          (char) ('0' + channel)
              + new String(
                  Base64.getEncoder().encode(content.getBytes()), StandardCharsets.ISO_8859_1));
    }
    return socket.writeBinaryMessage(
        Buffer.buffer(1 + content.length()).appendByte((byte) channel).appendBuffer(content));
  }
}
