package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections over, and brings each together with what its URL stands for. */
final class Reception {
  private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

  private final Vertx vertx;
  private final StreamingConfig config;
  private final StreamTarget target;
  private final Consumer<HttpServerRequest> upgraded;
  private final Set<Connection> connections = new HashSet<>();

  /**
   * @param upgraded is told of each connection that is no HTTP any more
   */
  Reception(
      Vertx vertx,
      StreamingConfig config,
      StreamTarget target,
      Consumer<HttpServerRequest> upgraded) {
    this.vertx = vertx;
    this.config = config;
    this.target = target;
    this.upgraded = upgraded;
  }

  /** Closes all sessions. */
  void close() {
    List.copyOf(connections).forEach(Connection::cut);
  }

  void spdy(HttpServerRequest request, Ticket ticket, String version) {
    HttpTakeover.socket(request, version)
        .onSuccess(
            socket -> {
              var connection =
                  Connection.over(
                      vertx,
                      socket,
                      config.idleTimeout(),
                      HttpTakeover.below(request.connection()));
              keep(request, ticket, connection);
              speakSpdy(ticket, version, connection, socket, socket);
            })
        .onFailure(Reception::notUpgraded);
  }

  void webSocket(HttpServerRequest request, Ticket ticket, String subprotocol) {
    request
        .toWebSocket()
        .onSuccess(
            socket -> {
              var connection =
                  Connection.over(
                      vertx,
                      socket,
                      config.idleTimeout(),
                      HttpTakeover.below(request.connection()));
              keep(request, ticket, connection);
              if (subprotocol.equals(Gate.TUNNEL)) {
                speakSpdy(ticket, Gate.PORTFORWARD, connection, socket, socket);
              } else {
                ChannelForm.of(subprotocol)
                    .ifPresent(form -> speakChannels(ticket, form, connection, socket));
              }
            })
        .onFailure(Reception::notUpgraded);
  }

  private void keep(HttpServerRequest request, Ticket ticket, Connection connection) {
    ticket.call().listed(connection.closed());
    lasts(target, ticket, connection);
    upgraded.accept(request);
    connections.add(connection);
    connection.closed().onComplete(_ -> connections.remove(connection));
  }

  private static void notUpgraded(Throwable cause) {
    LOG.atDebug()
        .addKeyValue("error", String.valueOf(cause.getMessage()))
        .log("A streaming connection was not upgraded");
  }

  private void speakSpdy(
      Ticket ticket,
      String version,
      Connection connection,
      ReadStream<Buffer> in,
      WriteStream<Buffer> out) {
    var session = new SpdySession(connection, out);
    if (ticket instanceof Ticket.PortForward forward) {
      var ports = new SpdyPorts(vertx, config.creationTimeout(), dial(target, forward, connection));
      session.serve(in, ports::opened);
      return;
    }
    ExecVersion.of(version)
        .ifPresent(
            known -> {
              var console =
                  new SpdyConsole(
                      session,
                      connection,
                      known,
                      wanted(ticket),
                      complete -> converse(target, ticket, complete));
              console.within(vertx, config.creationTimeout());
              session.serve(in, console::opened);
            });
  }

  private void speakChannels(
      Ticket ticket, ChannelForm form, Connection connection, ServerWebSocket socket) {
    var channels = new WebSocketChannels(connection, socket, form);
    if (ticket instanceof Ticket.PortForward forward) {
      WebSocketPorts.serve(
          channels, connection, forward.ports(), dial(target, forward, connection));
    } else {
      converse(target, ticket, WebSocketConsole.on(channels, connection, form, wanted(ticket)));
    }
    channels.open();
  }

  /** Tells of a session whom and what it is about, for as long as its client is there. */
  static void lasts(StreamTarget target, Ticket ticket, Connection connection) {
    var call = ticket.call();
    switch (ticket) {
      case Ticket.Exec exec -> target.about(call, exec.container());
      case Ticket.Attach attach -> target.about(call, attach.container());
      case Ticket.PortForward forward -> target.about(call, forward.sandbox());
    }
    var gone = call.waitsFor("its client", () -> "");
    connection.closed().onComplete(_ -> gone.run());
  }

  static Wanted wanted(Ticket ticket) {
    return switch (ticket) {
      case Ticket.Exec exec -> Wanted.by(exec.request());
      case Ticket.Attach attach -> Wanted.by(attach.request());
      case Ticket.PortForward _ -> new Wanted(false, false, false, false);
    };
  }

  /** An attached client is told of no exit code: it did not start the process. */
  static void converse(StreamTarget target, Ticket ticket, Console console) {
    switch (ticket) {
      case Ticket.Exec exec ->
          Conversation.begin(
              exec.call(),
              console,
              StatusMessage::exited,
              () -> target.exec(exec.call(), exec.container(), exec.request()));
      case Ticket.Attach attach ->
          Conversation.begin(
              attach.call(),
              console,
              _ -> StatusMessage.SUCCESS,
              () -> target.attach(attach.call(), attach.container(), attach.request()));
      case Ticket.PortForward _ -> {}
    }
  }

  static IntFunction<Future<PortStream>> dial(
      StreamTarget target, Ticket.PortForward forward, Connection connection) {
    Conversation.whenCancelled(forward.call(), connection::cut);
    connection.closed().onComplete(_ -> forward.call().cancel("the client went away"));
    return port -> target.dial(forward.call(), forward.sandbox(), port);
  }
}
