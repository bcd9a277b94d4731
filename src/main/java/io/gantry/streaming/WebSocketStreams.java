package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.List;

/**
 * The same streams for a door that has a server of its own: a request that asks for a WebSocket of
 * channels becomes one at once, without a URL between. Channels are those of {@code
 * v5.channel.k8s.io}: 0 to 4 are stdin, stdout, stderr, status and sizes; of a port 0 is data and 1
 * errors.
 *
 * <p>Each method fails, and has answered nothing, if the request asks for none; else it is complete
 * when all is over, however it ended.
 */
public final class WebSocketStreams {
  /** What a server whose requests come here has to know, and a client to ask for. */
  public static final String SUBPROTOCOL = ChannelForm.V5.id();

  private final Vertx vertx;
  private final StreamTarget target;
  private final Duration idleTimeout;

  private WebSocketStreams(Vertx vertx, StreamTarget target, Duration idleTimeout) {
    this.vertx = vertx;
    this.target = target;
    this.idleTimeout = idleTimeout;
  }

  /**
   * For a server that hands over its requests.
   *
   * @param target what the streams lead to
   * @param idleTimeout how long a session may lie silent
   */
  public static WebSocketStreams over(Vertx vertx, StreamTarget target, Duration idleTimeout) {
    return new WebSocketStreams(vertx, target, idleTimeout);
  }

  /** Runs a command in a container. */
  public Future<Void> exec(
      Call call, HttpServerRequest request, ContainerId container, ExecRequest wanted) {
    return upgraded(
        request, channels -> channels.converse(new Ticket.Exec(call, container, wanted)));
  }

  /** Joins the first process of a container. */
  public Future<Void> attach(
      Call call, HttpServerRequest request, ContainerId container, AttachRequest wanted) {
    return upgraded(
        request, channels -> channels.converse(new Ticket.Attach(call, container, wanted)));
  }

  /** Connects to one port of a pod. */
  public Future<Void> port(Call call, HttpServerRequest request, SandboxId sandbox, int port) {
    return upgraded(
        request,
        channels -> channels.forward(new Ticket.PortForward(call, sandbox, List.of(port))));
  }

  private interface Speech {
    void on(Channels channels);
  }

  /** A connection that speaks channels now. */
  private record Channels(WebSocketChannels channels, Connection connection, StreamTarget target) {
    void converse(Ticket ticket) {
      Reception.lasts(target, ticket, connection);
      Reception.converse(
          target,
          ticket,
          WebSocketConsole.on(channels, connection, ChannelForm.V5, Reception.wanted(ticket)));
    }

    void forward(Ticket.PortForward forward) {
      Reception.lasts(target, forward, connection);
      WebSocketPorts.serve(
          channels, connection, forward.ports(), Reception.dial(target, forward, connection));
    }
  }

  private Future<Void> upgraded(HttpServerRequest request, Speech speech) {
    if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
      throw RuntimeFault.invalid(
          "upgrade: "
              + request.getHeader("Upgrade")
              + " (expected: websocket with the subprotocol "
              + SUBPROTOCOL
              + ")");
    }
    var asked = String.join(",", request.headers().getAll("Sec-WebSocket-Protocol"));
    if (!asked.contains(SUBPROTOCOL)) {
      throw RuntimeFault.invalid(
          "Sec-WebSocket-Protocol: '" + asked + "' (expected: " + SUBPROTOCOL + ")");
    }
    request.headers().set("Sec-WebSocket-Protocol", SUBPROTOCOL);
    return request
        .toWebSocket()
        .compose(
            socket -> {
              var below = HttpTakeover.below(request.connection());
              var connection = Connection.over(vertx, socket, idleTimeout, below);
              var channels = new WebSocketChannels(connection, socket, ChannelForm.V5);
              speech.on(new Channels(channels, connection, target));
              channels.open();
              return connection.closed();
            });
  }
}
