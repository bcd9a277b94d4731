package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Connections to ports as channels of a WebSocket: one connection for each port, with a channel for
 * data and the next one for errors. The first message on both is the port, as two bytes, the lower
 * first. A channel has no end: when the pod has said its last, its connection is over.
 */
final class WebSocketPorts {
  /** A channel's number is a byte, and the last is not a channel. */
  static final int PORTS_MAX = 127;

  private WebSocketPorts() {}

  static void serve(
      WebSocketChannels channels,
      Connection connection,
      List<Integer> ports,
      IntFunction<Future<PortStream>> dial) {
    var all = new ArrayList<Future<Void>>();
    for (var i = 0; i < ports.size(); i++) {
      all.add(serve(channels, connection, 2 * i, ports.get(i), dial));
    }
    Future.all(all).onComplete(_ -> channels.finish());
  }

  private static Future<Void> serve(
      WebSocketChannels channels,
      Connection connection,
      int channel,
      int port,
      IntFunction<Future<PortStream>> dial) {
    var greeting = Buffer.buffer().appendUnsignedShortLE(port);
    var _ = channels.send(channel, greeting);
    var _ = channels.send(channel + 1, greeting);
    var in = channels.inlet(channel);
    var out =
        new Outlet(
            connection,
            (data, last) -> {
              if (last) {
                in.end();
                return Future.succeededFuture();
              }
              return channels.send(channel, data);
            });
    var forwarding =
        new Forwarding(
            port,
            new Forwarding.Ends(in, out, channels.outlet(channel + 1), in::discard, in::discard));
    connection.closed().onComplete(_ -> forwarding.lost());
    return forwarding.begin(() -> dial.apply(port));
  }
}
