package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A command, a container and a port behind TLS, over SPDY and over WebSocket. */
class TlsIT {
  private static final String V4 = "v4.channel.k8s.io";
  private static final String WORD = "hello";

  /** What a URL leads to; what is said there comes back. */
  enum Kind {
    EXEC,
    ATTACH,
    PORT_FORWARD
  }

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aServerSignsItsOwnCertificate(Kind kind) throws Exception {
    // Given
    try (var node = node(new StreamingConfig.Tls(Optional.empty(), Optional.empty()))) {
      var peer = new Peer(node, kind, Awaited.of(EchoServer.listen(node.vertx)));

      // Then
      assertThat(peer.url().toString()).startsWith("https://127.0.0.1:");
      assertThat(peer.answerOverSpdy(Optional.empty())).contains(WORD);
      assertThat(peer.answerOverWebSocket(Optional.empty())).contains(WORD);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void clientsMustHaveACertificateWhereThatIsAsked(Kind kind) throws Exception {
    // Given
    var known = SelfSigned.forHost("127.0.0.1", Clock.systemUTC());
    var stranger = SelfSigned.forHost("127.0.0.1", Clock.systemUTC());
    try (var node = node(forClientsOf(known))) {
      var peer = new Peer(node, kind, Awaited.of(EchoServer.listen(node.vertx)));

      // Then
      for (var own : List.of(Optional.<SelfSigned>empty(), Optional.of(stranger))) {
        assertThatThrownBy(() -> peer.answerOverSpdy(own)).isInstanceOf(IOException.class);
        assertThat(peer.webSocket(own).toCompletionStage()).failsWithin(Duration.ofSeconds(20));
      }
      assertThat(node.target.calls).isEmpty();
      assertThat(peer.answerOverSpdy(Optional.of(known))).contains(WORD);
      assertThat(peer.answerOverWebSocket(Optional.of(known))).contains(WORD);
    }
  }

  private StreamingConfig.Tls forClientsOf(SelfSigned own) throws IOException {
    var chain = Files.write(directory.resolve("cert.pem"), own.certificate().getBytes());
    var key = Files.write(directory.resolve("key.pem"), own.key().getBytes());
    return new StreamingConfig.Tls(
        Optional.of(new StreamingConfig.Certificate(chain, key)), Optional.of(chain));
  }

  private static StreamingNode node(StreamingConfig.Tls tls) {
    return new StreamingNode(
        new StreamingConfig(
            "127.0.0.1",
            0,
            Optional.empty(),
            Optional.of(tls),
            Duration.ofHours(4),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            10));
  }

  /**
   * A client that says one word.
   *
   * @param echo a port that answers with what it hears
   */
  private record Peer(StreamingNode node, Kind kind, int echo) {
    URI url() {
      return switch (kind) {
        case EXEC -> node.exec("cat");
        case ATTACH ->
            URI.create(
                node.streams.attach(
                    StreamingNode.call(),
                    StreamingNode.CONTAINER,
                    new AttachRequest(false, true, true, true)));
        case PORT_FORWARD -> node.portForward(echo);
      };
    }

    String answerOverSpdy(Optional<SelfSigned> own) throws Exception {
      var url = url();
      try (var client = TlsClient.of(url, TlsClient.trustful(own))) {
        if (kind == Kind.PORT_FORWARD) {
          client.upgrade("POST", url, Gate.PORTFORWARD);
          client.say(client.spdy.open(1, ofConnection("error")));
          client.say(client.spdy.open(3, ofConnection("data")));
        } else {
          client.upgrade("POST", url, V4);
          client.open("error", "stdin", "stdout", "stderr");
        }
        client.say(client.spdy.data(3, WORD));
        return client.until(frame -> frame.endsWith(WORD)).getLast();
      }
    }

    private Map<String, String> ofConnection(String type) {
      return Map.of("streamtype", type, "port", "" + echo, "requestid", "0");
    }

    String answerOverWebSocket(Optional<SelfSigned> own) throws Exception {
      var said = new LinkedBlockingQueue<String>();
      var socket =
          Awaited.of(
              webSocket(own)
                  .onSuccess(
                      made -> made.binaryMessageHandler(message -> said.add(message.toString()))));
      var _ = socket.writeBinaryMessage(Buffer.buffer("\0" + WORD));
      var next = Awaited.next(said);
      while (!next.contains(WORD)) {
        next = Awaited.next(said);
      }
      return next;
    }

    Future<WebSocket> webSocket(Optional<SelfSigned> own) {
      var options = new WebSocketClientOptions().setSsl(true).setTrustAll(true);
      own.ifPresent(
          shown ->
              options.setKeyCertOptions(
                  new PemKeyCertOptions()
                      .setCertValue(shown.certificate())
                      .setKeyValue(shown.key())));
      var url = url();
      return node.webSocketClient(options)
          .connect(
              new WebSocketConnectOptions()
                  .setHost(url.getHost())
                  .setPort(url.getPort())
                  .setURI(url.getPath())
                  .addSubProtocol(V4));
    }
  }
}
