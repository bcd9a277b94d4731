package io.gantry.streaming;

import io.gantry.call.Call;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** A streaming server on the loopback, with a fake target behind it. */
final class StreamingNode implements AutoCloseable {
  static final ContainerId CONTAINER = new ContainerId("c".repeat(64));
  static final SandboxId SANDBOX = new SandboxId("5".repeat(64));

  final Vertx vertx =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));
  private final List<WebSocketClient> clients = new ArrayList<>();
  final FakeTarget target = new FakeTarget(vertx);
  final Streams streams;

  StreamingNode(StreamingConfig config) {
    var verticle = new StreamingVerticle(config, target, Clock.systemUTC());
    streams = verticle.streams();
    Awaited.of(vertx.deployVerticle(verticle));
  }

  static Call call() {
    return Call.internal(Call.Tools.plain(), "Exec");
  }

  /** Where a command is run with all of its streams, but without a terminal. */
  URI exec(String... command) {
    return URI.create(
        streams.exec(
            call(), CONTAINER, new ExecRequest(List.of(command), false, true, true, true)));
  }

  URI terminal(String... command) {
    return URI.create(
        streams.exec(
            call(), CONTAINER, new ExecRequest(List.of(command), true, true, true, false)));
  }

  URI portForward(Integer... ports) {
    return URI.create(streams.portForward(call(), SANDBOX, List.of(ports)));
  }

  /** Kept until the node is closed: Vert.x closes a client, and its sockets, that nobody holds. */
  WebSocketClient webSocketClient(WebSocketClientOptions options) {
    var client = vertx.createWebSocketClient(options);
    clients.add(client);
    return client;
  }

  @Override
  public void close() {
    Awaited.of(vertx.close());
  }
}
