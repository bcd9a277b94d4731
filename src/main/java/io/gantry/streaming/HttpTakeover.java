package io.gantry.streaming;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Takes the TCP connection of an HTTP request for SPDY. The only class that reaches below the API
 * of Vert.x; {@code HttpTakeoverIT} says what it relies on.
 *
 * <p>Vert.x gives the socket of a GET away, and the clients there are send a POST: so the method is
 * rewritten before Vert.x sees it. And a connection has one request: a second one, which could only
 * have been smuggled in behind the first, closes it.
 */
final class HttpTakeover {
  /** The name of Vert.x's own handler in the pipeline of an HTTP/1.1 connection. */
  private static final String VERTX = "handler";

  private static final String SPDY = "SPDY/3.1";

  /** The first of the states in which the other end sends no more (linux/tcp_states.h). */
  private static final int TCP_CLOSE = 7;

  private HttpTakeover() {}

  /** Prepares a connection that has just come in. */
  static void prepare(HttpConnection connection) {
    var context = ((ConnectionBase) connection).channelHandlerContext();
    context.pipeline().addBefore(VERTX, "one-request", new OneRequest());
    if (context.channel() instanceof EpollSocketChannel channel) {
      channel.config().setKeepAlive(true).setTcpKeepIdle(30).setTcpKeepIntvl(10).setTcpKeepCnt(6);
    }
  }

  /** What is below a connection, upgraded or not. */
  static Connection.Below below(HttpConnection connection) {
    return new Connection.Below() {
      @Override
      public void cut() {
        HttpTakeover.cut(connection);
      }

      @Override
      public boolean left() {
        return HttpTakeover.left(connection);
      }
    };
  }

  /**
   * Whether the client has closed the connection. The kernel knows that before it has been read,
   * and tells it where the transport is epoll.
   */
  private static boolean left(HttpConnection connection) {
    return ((ConnectionBase) connection).channel() instanceof EpollSocketChannel channel
        && (!channel.isOpen() || channel.tcpInfo().state() >= TCP_CLOSE);
  }

  /**
   * Ends a connection at once, upgraded or not: what its client has not read is lost. To close it
   * by the API, or through Vert.x's handler, would wait for a client that never reads.
   */
  static void cut(HttpConnection connection) {
    var pipeline = ((ConnectionBase) connection).channel().pipeline();
    var ours = pipeline.context(OneRequest.class);
    var _ = (ours == null ? pipeline.firstContext() : ours).close();
  }

  /** Whether the request asks for SPDY. */
  static boolean asked(HttpServerRequest request) {
    return SPDY.equalsIgnoreCase(request.getHeader("Upgrade"));
  }

  /**
   * Answers 101, and gives the connection away as a socket.
   *
   * @param version what the answer says was agreed on
   */
  static Future<NetSocket> socket(HttpServerRequest request, String version) {
    request
        .response()
        .putHeader("Connection", "Upgrade")
        .putHeader("Upgrade", SPDY)
        .putHeader("X-Stream-Protocol-Version", version);
    return request.toNetSocket();
  }

  private static final class OneRequest extends ChannelInboundHandlerAdapter {
    private boolean seen;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        if (seen) {
          ReferenceCountUtil.release(message);
          context.flush(); // the answer to the first
          var _ = context.close();
          return;
        }
        seen = true;
        if (HttpMethod.POST.equals(request.method())
            && request.headers().contains("Upgrade", SPDY, true)) {
          request.setMethod(HttpMethod.GET);
        }
      }
      context.fireChannelRead(message);
    }
  }
}
