package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;

/** Says what it hears. */
final class EchoServer {
  private EchoServer() {}

  /** Its port. */
  static Future<Integer> listen(Vertx vertx) {
    return vertx
        .createNetServer()
        .connectHandler(socket -> socket.pipeTo(socket))
        .listen(0, "127.0.0.1")
        .map(NetServer::actualPort);
  }
}
