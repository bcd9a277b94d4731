package io.gantry.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * A WebSocket whose messages begin with the number of a channel ({@code v5.channel.k8s.io}). One
 * thread reads, several may write. Blocks.
 */
final class ChannelSocket implements AutoCloseable {
  static final String SUBPROTOCOL = "v5.channel.k8s.io";
  private static final int CLOSE = 255;
  private static final int BLOCK = 64 << 10;
  private static final int FRAME_BYTES_MAX = 16 << 20;

  /** What has arrived on a channel. */
  interface Listener {
    void arrived(int channel, byte[] content) throws IOException;
  }

  private final Route route;
  private final ByteChannel connection;
  private final EmbeddedChannel out = new EmbeddedChannel(new WebSocket13FrameEncoder(true));
  private final EmbeddedChannel in =
      new EmbeddedChannel(
          new WebSocket13FrameDecoder(
              WebSocketDecoderConfig.newBuilder()
                  .expectMaskedFrames(false)
                  .maxFramePayloadLength(FRAME_BYTES_MAX)
                  .build()));
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private boolean over;

  /**
   * @param route by which it got there
   * @param connection on which the daemon has agreed
   * @param rest what has come behind that
   */
  ChannelSocket(Route route, ByteChannel connection, byte[] rest) {
    this.route = route;
    this.connection = connection;
    in.writeInbound(Unpooled.wrappedBuffer(rest));
  }

  Route route() {
    return route;
  }

  void send(int channel, byte[] bytes, int length) throws IOException {
    write(
        new BinaryWebSocketFrame(
            Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(new byte[] {(byte) channel}),
                Unpooled.copiedBuffer(bytes, 0, length))));
  }

  void send(int channel, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    send(channel, bytes, bytes.length);
  }

  /** No more comes on this channel. */
  void end(int channel) throws IOException {
    send(CLOSE, new byte[] {(byte) channel}, 1);
  }

  private synchronized void write(WebSocketFrame frame) throws IOException {
    out.writeOutbound(frame);
    for (ByteBuf bytes = out.readOutbound(); bytes != null; bytes = out.readOutbound()) {
      try {
        var buffer = bytes.nioBuffer();
        while (buffer.hasRemaining()) {
          connection.write(buffer);
        }
      } finally {
        bytes.release();
      }
    }
  }

  /** Hands over what comes until the daemon closes; whether it said so before. */
  boolean read(Listener listener) throws IOException {
    var block = ByteBuffer.allocate(BLOCK);
    take(listener);
    while (!over && connection.read(block.clear()) >= 0) {
      in.writeInbound(Unpooled.copiedBuffer(block.flip()));
      take(listener);
    }
    return over;
  }

  private void take(Listener listener) throws IOException {
    for (Object frame = in.readInbound(); frame != null; frame = in.readInbound()) {
      try {
        switch (frame) {
          case BinaryWebSocketFrame first -> part(first, listener);
          case ContinuationWebSocketFrame more -> part(more, listener);
          case PingWebSocketFrame ping -> write(new PongWebSocketFrame(ping.content().retain()));
          case CloseWebSocketFrame close -> {
            over = true;
            write(new CloseWebSocketFrame(close.isFinalFragment(), 0, close.content().retain()));
          }
          default -> {}
        }
      } finally {
        ReferenceCountUtil.release(frame);
      }
    }
  }

  private void part(WebSocketFrame frame, Listener listener) throws IOException {
    frame.content().readBytes(message, frame.content().readableBytes());
    if (frame.isFinalFragment() && message.size() > 0) {
      var whole = message.toByteArray();
      message.reset();
      listener.arrived(
          Byte.toUnsignedInt(whole[0]), java.util.Arrays.copyOfRange(whole, 1, whole.length));
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
    in.finishAndReleaseAll();
  }
}
