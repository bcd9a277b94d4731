package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is relied on below the API of Vert.x: to be run against each new version of it. */
class HttpTakeoverIT {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final BlockingQueue<HttpConnection> connections = new LinkedBlockingQueue<>();
  private final BlockingQueue<NetSocket> sockets = new LinkedBlockingQueue<>();
  private final Promise<Void> closed = Promise.promise();
  private URI url = URI.create("http://127.0.0.1/");

  @BeforeEach
  void serve() {
    var port =
        Awaited.of(
            vertx
                .createHttpServer()
                .connectionHandler(
                    connection -> {
                      HttpTakeover.prepare(connection);
                      connections.add(connection);
                    })
                .requestHandler(
                    request -> {
                      if (HttpTakeover.asked(request)) {
                        HttpTakeover.socket(request, "v").onSuccess(this::echo);
                      } else {
                        request.response().end("no");
                      }
                    })
                .listen(0, "127.0.0.1")
                .map(HttpServer::actualPort));
    url = URI.create("http://127.0.0.1:" + port + "/");
  }

  private void echo(NetSocket socket) {
    socket.handler(socket::write);
    socket.closeHandler(_ -> closed.tryComplete());
    sockets.add(socket);
  }

  @AfterEach
  void close() {
    Awaited.of(vertx.close());
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void theConnectionOfARequestIsASocketAfterwards(String method) throws IOException {
    try (var client = RawClient.to(url)) {
      // When
      client.upgrade(method, url, "v");
      client.say(client.spdy.ping(1));

      // Then
      assertThat(client.until("ping 1"::equals)).containsExactly("ping 1");
    }
  }

  @Test
  void aSecondRequestClosesTheConnection() throws IOException {
    try (var client = RawClient.to(url)) {
      // When
      client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 200 ");
      client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

      // Then
      assertThat(client.rest()).doesNotContain("HTTP/1.1");
    }
  }

  @Test
  void whatIsSentWithTheUpgradeIsNoRequest() throws IOException {
    try (var client = RawClient.to(url)) {
      // When
      client.say(RawClient.upgradeRequest("POST", url) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n");

      // Then
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      client.say("and\r\n\r\n");
      assertThat(client.head()).doesNotContain("HTTP/1.1 200").endsWith("and\r\n\r\n");
    }
  }

  @Test
  void aCutDoesNotWaitForAClientThatDoesNotRead() throws Exception {
    try (var client = RawClient.upgraded(url, "v")) {
      // Given
      var socket = Awaited.next(sockets);
      for (var i = 0; i < 64; i++) {
        socket.write(Buffer.buffer(new byte[1 << 20]));
      }

      // When
      HttpTakeover.cut(Awaited.next(connections));

      // Then
      Awaited.of(closed.future());
      assertThat(client).isNotNull();
    }
  }
}
