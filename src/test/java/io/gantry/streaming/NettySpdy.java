package io.gantry.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The client's side of SPDY, as Netty writes and reads it. */
final class NettySpdy implements AutoCloseable {
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));

  Buffer open(int stream, Map<String, String> headers) {
    var frame = new DefaultSpdySynStreamFrame(stream, 0, (byte) 0);
    headers.forEach((name, value) -> frame.headers().set(name, value));
    return encode(frame);
  }

  Buffer data(int stream, Buffer content) {
    return encode(new DefaultSpdyDataFrame(stream, Unpooled.wrappedBuffer(content.getBytes())));
  }

  Buffer data(int stream, String content) {
    return data(stream, Buffer.buffer(content));
  }

  Buffer end(int stream) {
    return encode(new DefaultSpdyDataFrame(stream).setLast(true));
  }

  Buffer ping(int id) {
    return encode(new DefaultSpdyPingFrame(id));
  }

  Buffer reset(int stream) {
    return encode(new DefaultSpdyRstStreamFrame(stream, SpdyFrames.CANCEL));
  }

  Buffer goAway() {
    return encode(new DefaultSpdyGoAwayFrame(0, 0));
  }

  Buffer encode(SpdyFrame frame) {
    channel.writeOutbound(frame);
    var bytes = Buffer.buffer();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      bytes.appendBytes(ByteBufUtil.getBytes(part));
      part.release();
    }
    return bytes;
  }

  /** What the server said, one line a frame. */
  List<String> read(Buffer bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(bytes.getBytes()));
    var lines = new ArrayList<String>();
    for (Object frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
      lines.add(line((SpdyFrame) frame));
    }
    return lines;
  }

  private static String line(SpdyFrame frame) {
    return switch (frame) {
      case SpdySynReplyFrame reply -> "reply " + reply.streamId() + (reply.isInvalid() ? "?" : "");
      case SpdyRstStreamFrame reset -> "reset " + reset.streamId() + " " + reset.status().code();
      case SpdyPingFrame ping -> "ping " + ping.id();
      case SpdyGoAwayFrame goAway -> "goaway " + goAway.status().code();
      case SpdyDataFrame data -> {
        var text = data.content().toString(StandardCharsets.UTF_8);
        data.release();
        yield "data "
            + data.streamId()
            + (data.isLast() ? " last" : "")
            + (" " + text).stripTrailing();
      }
      default -> frame.toString();
    };
  }

  @Override
  public void close() {
    channel.finishAndReleaseAll();
  }
}
