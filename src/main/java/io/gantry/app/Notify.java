package io.gantry.app;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the daemon is doing (sd_notify(3)): one datagram to the socket that {@code
 * NOTIFY_SOCKET} names. Nothing happens where there is none.
 */
final class Notify {
  private static final Logger LOG = LoggerFactory.getLogger(Notify.class);

  private Notify() {}

  /**
   * @param state lines such as {@code READY=1}
   */
  static void tell(Map<String, String> environment, String state) {
    var socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (socket.isEmpty()) {
      return;
    }
    var loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    var path = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
    new Bootstrap()
        .group(loop)
        .channel(EpollDomainDatagramChannel.class)
        .handler(new Deaf())
        .connect(new DomainSocketAddress(path))
        .addListener(
            (ChannelFuture connected) ->
                connected
                    .channel()
                    .writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.UTF_8))
                    .addListener(sent -> told(sent.cause(), state, connected.channel(), loop)));
  }

  private static void told(
      @Nullable Throwable failure, String state, Channel channel, EventLoopGroup loop) {
    if (failure != null) {
      LOG.atWarn()
          .addKeyValue("error", failure.toString())
          .addKeyValue("state", state)
          .log("the service manager could not be told");
    }
    var _ = channel.close();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** systemd does not answer. */
  private static final class Deaf extends SimpleChannelInboundHandler<DomainDatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {}
  }
}
