package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamingIT {
  private static final String V4 = "v4.channel.k8s.io";
  private static final String V5 = "v5.channel.k8s.io";
  private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";

  private StreamingNode node;

  /** What came on a WebSocket: text or binary as text, with the channel before a colon. */
  private record Channels(WebSocket socket, BlockingQueue<String> said, Promise<Short> closed) {
    void say(int channel, String text) {
      socket.writeBinaryMessage(Buffer.buffer().appendByte((byte) channel).appendString(text));
    }
  }

  @BeforeEach
  void serve() {
    node = new StreamingNode(StreamingConfig.defaults());
  }

  @AfterEach
  void close() {
    node.close();
  }

  // ---- SPDY

  @ParameterizedTest
  @ValueSource(strings = {V5, V4})
  void theStatusOfAnExitIsOnTheErrorStream(String version) throws Exception {
    try (var client = RawClient.upgraded(node.exec("fail", "7"), version)) {
      // When
      client.open("error", "stdin", "stdout", "stderr");

      // Then
      assertThat(client.until("goaway 0"::equals))
          .contains("data 7 failing", "data 7 last", "data 5 last", "data 1 last")
          .anyMatch(frame -> frame.startsWith("data 1 {") && frame.contains("\"ExitCode\""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"})
  void olderVersionsHaveAPlainErrorStream(String version) throws Exception {
    try (var client = RawClient.upgraded(node.exec("fail", "7"), version)) {
      // When
      client.open("error", "stdin", "stdout", "stderr");

      // Then
      assertThat(client.until("goaway 0"::equals))
          .contains("data 1 command terminated with exit code 7", "data 1 last");
    }
    try (var client = RawClient.upgraded(node.exec("echo", "x"), version)) {
      client.open("error", "stdin", "stdout", "stderr");
      assertThat(client.until("goaway 0"::equals)).contains("data 1 last", "data 5 x");
    }
  }

  @Test
  void theEndOfTheInputIsTold() throws Exception {
    try (var client = RawClient.upgraded(node.exec("cat"), V4)) {
      // Given
      client.open("error", "stdin", "stdout", "stderr");

      // When
      client.say(client.spdy.data(3, "abc"), client.spdy.end(3));

      // Then
      assertThat(client.until("goaway 0"::equals)).contains("data 5 abc", "data 1 " + SUCCESS);
    }
  }

  @Test
  void aTerminalIsResized() throws Exception {
    try (var client = RawClient.upgraded(node.terminal("cat"), V4)) {
      // Given
      client.open("error", "stdin", "stdout", "resize");

      // When
      client.say(client.spdy.data(7, "{\"Width\":80,\"Height\":24}\n"), client.spdy.end(3));
      client.until("goaway 0"::equals);
    }

    // Then
    assertThat(Awaited.next(node.target.sessions).sizes).containsExactly("80x24");
  }

  @Test
  void aStreamThatWasNotAskedForMayBeThereAndAnUnknownOneMayNot() throws Exception {
    // Given
    var url =
        URI.create(
            node.streams.exec(
                StreamingNode.call(),
                StreamingNode.CONTAINER,
                new ExecRequest(List.of("echo", "x"), false, false, true, false)));

    // When
    try (var client = RawClient.upgraded(url, V4)) {
      client.say(client.spdy.open(1, Map.of("streamtype", "error")));
      client.say(client.spdy.open(3, Map.of("streamtype", "resize")));
      client.say(client.spdy.open(5, Map.of("streamtype", "other")));
      client.say(client.spdy.open(7, Map.of("streamtype", "error")));
      client.say(client.spdy.open(9, Map.of("streamtype", "stdout")));

      // Then
      assertThat(client.until("goaway 0"::equals))
          .startsWith("reply 1", "reply 3", "reset 5 3", "reset 7 3", "reply 9")
          .contains("data 9 x", "data 1 " + SUCCESS);
    }
  }

  @Test
  void aFaultIsToldAsAStatus() throws Exception {
    try (var client = RawClient.upgraded(node.exec("absent"), V4)) {
      client.open("error", "stdin", "stdout", "stderr");
      assertThat(client.until("goaway 0"::equals))
          .anyMatch(frame -> frame.startsWith("data 1 {") && frame.contains("program: absent"));
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsTheSourceUp() throws Exception {
    // Given
    var client = RawClient.upgraded(node.exec("yes"), V4);
    client.open("error", "stdin", "stdout", "stderr");
    var session = Awaited.next(node.target.sessions);

    // When
    var given = settled(session);

    // Then
    assertThat(given).isLessThan(16 << 20); // what the kernel holds of a loopback connection
    client.close();
    Awaited.of(session.closed.future());
  }

  /** How much was given when nothing more is taken. */
  private long settled(FakeSession session) {
    var before = -1L;
    var given = session.yes.given();
    while (given != before) {
      Awaited.of(node.vertx.timer(200));
      before = given;
      given = session.yes.given();
    }
    return given;
  }

  @Test
  void aClientThatLeavesWhileItIsNotReadIsMissed() throws Exception {
    // Given a process that does not read its input
    var client = RawClient.upgraded(node.exec("sleep"), V4);
    client.open("error", "stdin", "stdout", "stderr");
    var session = Awaited.next(node.target.sessions);
    for (var i = 0; i < 32; i++) {
      client.say(client.spdy.data(3, Buffer.buffer(new byte[16 * 1024])));
    }

    // When
    client.close();

    // Then
    Awaited.of(session.closed.future());
    assertThat(session.in.passed()).isZero();
  }

  @Test
  void sessionsInNumbersLeaveNothingBehind() throws Exception {
    // Given
    shortSessions(20);
    var before = descriptors();

    // When
    var sessions = shortSessions(300);

    // Then
    for (var session : sessions) {
      Awaited.of(session.closed.future());
    }
    for (var round = 0; descriptors() > before && round < 50; round++) {
      Awaited.of(node.vertx.timer(100)); // clients are waited for a little
    }
    assertThat(descriptors()).isLessThanOrEqualTo(before);
  }

  /** Every third client goes away at once. */
  private List<FakeSession> shortSessions(int count) throws Exception {
    var sessions = new ArrayList<FakeSession>();
    for (var i = 0; i < count; i++) {
      try (var client = RawClient.upgraded(node.exec(i % 3 == 0 ? "sleep" : "echo", "x"), V4)) {
        client.open("error", "stdin", "stdout", "stderr");
        sessions.add(Awaited.next(node.target.sessions));
        if (i % 3 != 0) {
          client.until("goaway 0"::equals);
        }
      }
    }
    return sessions;
  }

  private static long descriptors() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  @Test
  void aSilentSessionIsClosed() throws Exception {
    // Given
    try (var impatient = new StreamingNode(idle(Duration.ofMillis(300)));
        var client = RawClient.upgraded(impatient.exec("sleep"), V4)) {
      client.open("error", "stdin", "stdout", "stderr");
      var session = Awaited.next(impatient.target.sessions);

      // Then
      Awaited.of(session.closed.future());
      assertThat(client.rest()).isEmpty();

      // Then: so is one over WebSocket, and one to a port
      var channels = channels(impatient.exec("sleep"), V5);
      var ports = channels(impatient.portForward(FakeTarget.COUNTING), V4);
      Awaited.of(Awaited.next(impatient.target.sessions).closed.future());
      Awaited.of(channels.closed().future());
      Awaited.of(ports.closed().future());
    }
  }

  private static StreamingConfig idle(Duration timeout) {
    return new StreamingConfig(
        "127.0.0.1",
        0,
        Optional.empty(),
        Optional.empty(),
        timeout,
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        10);
  }

  @Test
  void theEndOfTheServerIsTheEndOfItsSessions() throws Exception {
    // Given
    var ending = new StreamingNode(StreamingConfig.defaults());
    var client = RawClient.upgraded(ending.exec("sleep"), V4);
    client.open("error", "stdin", "stdout", "stderr");
    var session = Awaited.next(ending.target.sessions);

    // When
    ending.close();

    // Then
    Awaited.of(session.closed.future());
    assertThat(client.rest()).isEmpty();
    client.close();
    assertThatThrownBy(() -> ending.exec("sleep")).hasMessageContaining("not listening");
  }

  // ---- ports over SPDY

  @Test
  void portsAreForwardedSideBySideAndARefusedOneHurtsNoOther() throws Exception {
    // Given
    var echo = Awaited.of(EchoServer.listen(node.vertx));
    try (var client = RawClient.upgraded(node.portForward(), Gate.PORTFORWARD)) {
      forward(client, 1, echo);
      forward(client, 5, FakeTarget.COUNTING);
      forward(client, 9, 2); // nobody listens there

      // When
      var refused = client.until("reset 11 5"::equals);
      client.say(client.spdy.data(3, "to echo"), client.spdy.data(7, "12345"));
      var echoed = client.until("data 3 to echo"::equals);
      client.say(client.spdy.end(7));
      var counted = client.until("data 5 last"::equals);

      // Then
      assertThat(refused)
          .contains("data 9 error forwarding port 2: port: 2 refused", "data 9 last");
      assertThat(echoed).doesNotContain("data 1 last");
      assertThat(counted).contains("data 7 5 bytes", "data 7 last");
    }
  }

  /** Opens the pair of streams of a connection, as clients do. */
  private static void forward(RawClient client, int stream, int port) throws Exception {
    var headers = Map.of("port", "" + port, "requestid", "" + stream);
    for (var type : List.of("error", "data")) {
      var id = type.equals("error") ? stream : stream + 2;
      var all = new HashMap<>(headers);
      all.put("streamtype", type);
      client.say(client.spdy.open(id, all));
      client.until(("reply " + id)::equals);
      if (type.equals("error")) {
        client.say(client.spdy.end(id));
      }
    }
  }

  @Test
  void connectionsToPortsMayFollowEachOtherWithoutEnd() throws Exception {
    try (var client = RawClient.upgraded(node.portForward(), Gate.PORTFORWARD)) {
      for (var i = 0; i < SpdySession.STREAMS_MAX; i++) {
        // Given a client that never ends its side of the error stream
        var headers = Map.of("streamtype", "error", "port", "1", "requestid", "" + i);
        client.say(client.spdy.open(4 * i + 1, headers));
        headers = Map.of("streamtype", "data", "port", "1", "requestid", "" + i);
        client.say(client.spdy.open(4 * i + 3, headers), client.spdy.end(4 * i + 3));

        // Then
        assertThat(client.until(("data " + (4 * i + 1) + " last")::equals))
            .contains("data " + (4 * i + 3) + " 0 bytes");
      }
    }
  }

  @Test
  void streamsOfOldClientsArePairedByTheirNumbers() throws Exception {
    // Given
    try (var client = RawClient.upgraded(node.portForward(), Gate.PORTFORWARD)) {
      client.say(client.spdy.open(1, Map.of("streamtype", "error", "port", "1")));
      client.say(client.spdy.open(3, Map.of("streamtype", "data", "port", "1")));

      // When
      client.say(client.spdy.end(3));

      // Then
      assertThat(client.until("data 1 last"::equals)).contains("data 3 0 bytes");
    }
  }

  @Test
  void streamsWithoutAPortAreRefused() throws Exception {
    try (var client = RawClient.upgraded(node.portForward(), Gate.PORTFORWARD)) {
      client.say(client.spdy.open(1, Map.of("streamtype", "error")));
      client.say(client.spdy.open(3, Map.of("streamtype", "data", "port", "65536")));
      client.say(client.spdy.open(5, Map.of("streamtype", "x", "port", "1")));
      assertThat(client.until("reset 5 3"::equals))
          .containsExactly("reset 1 3", "reset 3 3", "reset 5 3");
    }
  }

  // ---- WebSocket

  @Test
  void aWebSocketOfTheFifthVersionHalfCloses() throws Exception {
    // Given
    var client = channels(node.exec("cat"), V5);

    // When
    client.say(0, "abc");
    assertThat(next(client, 2)).containsExactly("1:", "1:abc");
    client.socket().writeBinaryMessage(Buffer.buffer(new byte[] {(byte) 255, 0}));

    // Then
    assertThat(next(client, 1)).containsExactly("3:" + SUCCESS);
    assertThat(Awaited.of(client.closed().future())).isEqualTo((short) 1000);
  }

  @Test
  void aMessageMayComeInFragments() throws Exception {
    // Given
    var client = channels(node.exec("cat"), V5);

    // When
    client.socket().writeFrame(WebSocketFrame.binaryFrame(Buffer.buffer("\0ab"), false));
    client.socket().writeFrame(WebSocketFrame.continuationFrame(Buffer.buffer("cd"), true));

    // Then
    assertThat(next(client, 2)).containsExactly("1:", "1:abcd");
  }

  @Test
  void aTerminalIsResizedOnItsChannel() throws Exception {
    // Given
    var client = channels(node.terminal("cat"), V4);

    // When
    client.say(4, "{\"Width\":80,\"Height\":24}");
    client.say(7, "nobody reads that");
    client.say(0, "abc");

    // Then
    assertThat(next(client, 2)).containsExactly("1:", "1:abc");
    assertThat(Awaited.next(node.target.sessions).sizes).containsExactly("80x24");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v4.base64.channel.k8s.io", "base64.channel.k8s.io"})
  void base64TravelsAsText(String subprotocol) throws Exception {
    // Given
    var client = channels(node.exec("cat"), subprotocol);

    // When
    client
        .socket()
        .writeTextMessage(
            "0" + Base64.getEncoder().encodeToString("abc".getBytes(StandardCharsets.UTF_8)));

    // Then
    assertThat(next(client, 2)).containsExactly("1:", "1:YWJj");

    // When
    client.socket().writeTextMessage("0no base64!");

    // Then
    assertThat(Awaited.of(client.closed().future())).isEqualTo((short) 1007);
    Awaited.of(Awaited.next(node.target.sessions).closed.future());
  }

  @Test
  void theExitCodeTravelsInBase64Too() throws Exception {
    // When
    var structured = next(channels(node.exec("fail", "7"), "v4.base64.channel.k8s.io"), 3);
    var plain = next(channels(node.exec("fail", "7"), "base64.channel.k8s.io"), 3);

    // Then
    assertThat(structured).contains("1:", "2:ZmFpbGluZwo=");
    assertThat(decoded(structured.getLast())).contains("\"ExitCode\"").contains("\"7\"");
    assertThat(decoded(plain.getLast())).isEqualTo("command terminated with exit code 7");
  }

  private static String decoded(String onTheErrorChannel) {
    assertThat(onTheErrorChannel).startsWith("3:");
    return new String(
        Base64.getDecoder().decode(onTheErrorChannel.substring(2)), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "channel.k8s.io"})
  void theFirstVersionHasAPlainErrorChannel(String subprotocol) throws Exception {
    // When
    var client = channels(node.exec("fail", "7"), subprotocol);

    // Then
    assertThat(next(client, 3))
        .containsExactlyInAnyOrder("1:", "2:failing\n", "3:command terminated with exit code 7");
    Awaited.of(client.closed().future());
  }

  @Test
  void aMessageThatIsTooLargeEndsTheSession() throws Exception {
    // Given
    var client = channels(node.exec("sleep"), V5);
    var piece = Buffer.buffer(new byte[200_000]);

    // When
    client.socket().writeFrame(WebSocketFrame.binaryFrame(piece, false));
    for (var i = 0; i < 6; i++) {
      client.socket().writeFrame(WebSocketFrame.continuationFrame(piece, false));
    }

    // Then
    assertThat(Awaited.of(client.closed().future())).isEqualTo((short) 1009);
    Awaited.of(Awaited.next(node.target.sessions).closed.future());
  }

  @Test
  void aWebSocketThatDoesNotReadHoldsTheSourceUp() throws Exception {
    // Given
    var client = channels(node.exec("yes"), V5);
    client.socket().pause();
    var session = Awaited.next(node.target.sessions);

    // Then
    assertThat(settled(session)).isLessThan(16 << 20);
    client.socket().resume();
    client.socket().close();
    Awaited.of(session.closed.future());
  }

  @Test
  void portsAreChannelsOfAWebSocket() throws Exception {
    // Given
    var echo = Awaited.of(EchoServer.listen(node.vertx));
    var client = channels(node.portForward(echo, 2), V4);
    var greeting =
        new String(
            new byte[] {(byte) echo.intValue(), (byte) (echo >> 8)}, StandardCharsets.ISO_8859_1);

    // When
    assertThat(next(client, 5))
        .containsExactly(
            "0:" + greeting,
            "1:" + greeting,
            "2:\2\0",
            "3:\2\0",
            "3:error forwarding port 2: port: 2 refused");
    client.say(0, "abc");

    // Then
    assertThat(next(client, 1)).containsExactly("0:abc");
  }

  @Test
  void portsTravelInBase64Too() throws Exception {
    // Given
    var echo = Awaited.of(EchoServer.listen(node.vertx));
    var client = channels(node.portForward(echo), "v4.base64.channel.k8s.io");
    var greeting =
        Base64.getEncoder().encodeToString(new byte[] {(byte) echo.intValue(), (byte) (echo >> 8)});

    // When
    assertThat(next(client, 2)).containsExactly("0:" + greeting, "1:" + greeting);
    client.socket().writeTextMessage("0YWJj");

    // Then
    assertThat(next(client, 1)).containsExactly("0:YWJj");
  }

  @Test
  void withoutPortsThereAreNoChannels() {
    assertThat(connect(node.portForward(), V4).toCompletionStage())
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .havingRootCause()
        .isInstanceOfSatisfying(
            UpgradeRejectedException.class,
            rejected -> assertThat(rejected.getStatus()).isEqualTo(400));
  }

  @Test
  void spdyTravelsThroughAWebSocket() throws Exception {
    // Given
    var socket = Awaited.of(connect(node.portForward(), Gate.TUNNEL));
    var frames = new LinkedBlockingQueue<String>();
    try (var spdy = new NettySpdy()) {
      socket.handler(bytes -> frames.addAll(spdy.read(bytes)));
      assertThat(socket.subProtocol()).isEqualTo(Gate.TUNNEL);

      // When
      socket.write(spdy.open(1, Map.of("streamtype", "error", "port", "1", "requestid", "0")));
      socket.write(spdy.open(3, Map.of("streamtype", "data", "port", "1", "requestid", "0")));
      assertThat(Awaited.next(frames)).isEqualTo("reply 1");
      assertThat(Awaited.next(frames)).isEqualTo("reply 3");
      socket.write(spdy.data(3, "abc").appendBuffer(spdy.end(3)));

      // Then
      assertThat(Awaited.next(frames)).isEqualTo("data 3 3 bytes");
      Awaited.of(socket.close());
    }
  }

  private Channels channels(URI url, String subprotocol) {
    var said = new LinkedBlockingQueue<String>();
    var closed = Promise.<Short>promise();
    var socket =
        Awaited.of(
            connect(url, subprotocol)
                .onSuccess(
                    made -> {
                      made.frameHandler(frame -> note(frame, said));
                      made.closeHandler(_ -> closed.complete(made.closeStatusCode()));
                    }));
    return new Channels(socket, said, closed);
  }

  private static void note(WebSocketFrame frame, BlockingQueue<String> said) {
    if (frame.isText()) {
      said.add(frame.textData().charAt(0) + ":" + frame.textData().substring(1));
    } else if (frame.isBinary()) {
      var data = frame.binaryData();
      said.add(data.getByte(0) + ":" + data.getString(1, data.length(), "ISO-8859-1"));
    }
  }

  private Future<WebSocket> connect(URI url, String subprotocol) {
    var options =
        new WebSocketConnectOptions()
            .setHost(url.getHost())
            .setPort(url.getPort())
            .setURI(url.getPath());
    if (!subprotocol.isEmpty()) {
      options.addSubProtocol(subprotocol);
    }
    return node.webSocketClient(new WebSocketClientOptions().setMaxFrameSize(1 << 20))
        .connect(options);
  }

  private static List<String> next(Channels client, int count) throws InterruptedException {
    var all = new ArrayList<String>();
    for (var i = 0; i < count; i++) {
      all.add(Awaited.next(client.said()));
    }
    return all;
  }
}
