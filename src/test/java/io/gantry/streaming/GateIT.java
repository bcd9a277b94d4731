package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateIT {
  private static final String V4 = "X-Stream-Protocol-Version: v4.channel.k8s.io";

  private final StreamingNode node = new StreamingNode(quick());

  private static StreamingConfig quick() {
    return quick(Duration.ofMinutes(1));
  }

  private static StreamingConfig quick(Duration urlLife) {
    return new StreamingConfig(
        "127.0.0.1",
        0,
        Optional.empty(),
        Optional.empty(),
        Duration.ofHours(1),
        Duration.ofMillis(500),
        urlLife,
        10);
  }

  @AfterEach
  void close() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void anUpgradeIsGrantedOnce(String method) throws IOException {
    // Given
    var url = node.exec("echo", "x");

    // Then
    assertThat(answer(url, RawClient.upgradeRequest(method, url, V4)))
        .startsWith("HTTP/1.1 101 ")
        .containsIgnoringCase("\r\nupgrade: SPDY/3.1\r\n")
        .containsIgnoringCase("\r\nconnection: Upgrade\r\n")
        .containsIgnoringCase("\r\nx-stream-protocol-version: v4.channel.k8s.io\r\n");
    assertThat(answer(url, RawClient.upgradeRequest(method, url, V4))).startsWith("HTTP/1.1 404 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v5.channel.k8s.io, v4.channel.k8s.io | v5.channel.k8s.io",
        "v9.channel.k8s.io, v3.channel.k8s.io, v4.channel.k8s.io | v3.channel.k8s.io",
        "v2.channel.k8s.io | v2.channel.k8s.io",
        "channel.k8s.io | channel.k8s.io",
      })
  void theFirstVersionThatBothKnowIsTaken(String asked, String agreed) throws IOException {
    // Given
    var url = node.exec("echo", "x");

    // Then
    assertThat(
            answer(
                url, RawClient.upgradeRequest("POST", url, "X-Stream-Protocol-Version: " + asked)))
        .containsIgnoringCase("x-stream-protocol-version: " + agreed + "\r\n");
  }

  @Test
  void withoutACommonVersionTheClientIsToldWhichThereAreAndMayAskAgain() throws IOException {
    // Given
    var url = node.exec("echo", "x");

    // Then
    assertThat(answer(url, RawClient.upgradeRequest("POST", url))).startsWith("HTTP/1.1 400 ");
    assertThat(answer(url, RawClient.upgradeRequest("POST", url, "X-Stream-Protocol-Version: v9")))
        .startsWith("HTTP/1.1 403 ")
        .containsIgnoringCase("x-accepted-stream-protocol-versions: v5.channel.k8s.io\r\n")
        .containsIgnoringCase("x-accepted-stream-protocol-versions: channel.k8s.io\r\n");
    assertThat(answer(url, RawClient.upgradeRequest("POST", url, V4))).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void portForwardingHasAVersionOfItsOwn() throws IOException {
    // Given
    var url = node.portForward();

    // Then
    assertThat(answer(url, RawClient.upgradeRequest("POST", url, V4)))
        .startsWith("HTTP/1.1 403 ")
        .containsIgnoringCase("x-accepted-stream-protocol-versions: portforward.k8s.io\r\n");
    assertThat(
            answer(
                url,
                RawClient.upgradeRequest(
                    "POST", url, "X-Stream-Protocol-Version: portforward.k8s.io")))
        .startsWith("HTTP/1.1 101 ");
  }

  @Test
  void whoHasNoUrlIsNotLetIn() throws IOException {
    // Given
    var url = node.exec("echo", "x");
    var elsewhere = URI.create(url.toString().replace("/exec/", "/attach/"));
    var unknown = URI.create(url.toString().replaceFirst(".$", "").concat("~"));
    var short1 = url.resolve("/exec/x");

    // Then
    for (var other :
        new URI[] {elsewhere, unknown, short1, url.resolve("/"), url.resolve("/exec/")}) {
      assertThat(answer(url, RawClient.upgradeRequest("POST", other, V4)))
          .startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void aUrlWhoseTimeIsOverIsUnknown() throws IOException {
    try (var hasty = new StreamingNode(quick(Duration.ofNanos(1)))) {
      for (var url : List.of(hasty.exec("echo", "x"), hasty.portForward(80))) {
        var spdy = RawClient.upgradeRequest("POST", url, V4);
        assertThat(answer(url, spdy)).startsWith("HTTP/1.1 404 ");
        assertThat(answer(url, asWebSocket(url))).startsWith("HTTP/1.1 404 ");
      }
      assertThat(hasty.target.calls).isEmpty();
    }
  }

  @Test
  void onlyUpgradesAreServed() throws IOException {
    // Given
    var url = node.exec("echo", "x");
    var good = RawClient.upgradeRequest("GET", url, V4);

    // Then
    assertThat(answer(url, good.replace("GET", "PUT"))).startsWith("HTTP/1.1 405 ");
    assertThat(answer(url, good.replace("HTTP/1.1", "HTTP/1.0"))).contains(" 400 ");
    assertThat(answer(url, good.replace("Connection: Upgrade", "Connection: close")))
        .startsWith("HTTP/1.1 400 ");
    assertThat(answer(url, good.replace("SPDY/3.1", "h2c"))).startsWith("HTTP/1.1 400 ");
    assertThat(answer(url, good.replace("SPDY/3.1", "SPDY/3.1\r\nUpgrade: websocket")))
        .startsWith("HTTP/1.1 400 ");
  }

  @Test
  void aPageOfAnotherOriginIsNotLetIn() throws IOException {
    // Given
    var url = node.exec("echo", "x");

    // Then
    for (var origin : new String[] {"http://evil.example", "null", "http://127.0.0.1:1"}) {
      assertThat(answer(url, RawClient.upgradeRequest("GET", url, V4, "Origin: " + origin)))
          .startsWith("HTTP/1.1 403 ");
      assertThat(answer(url, asWebSocket(url, "Origin: " + origin))).startsWith("HTTP/1.1 403 ");
    }
    assertThat(
            answer(
                url,
                RawClient.upgradeRequest(
                    "GET", url, V4, "Origin: http://" + url.getRawAuthority())))
        .startsWith("HTTP/1.1 101 ");
    var another = node.exec("echo", "x");
    assertThat(answer(another, asWebSocket(another, "Origin: http://" + another.getRawAuthority())))
        .startsWith("HTTP/1.1 101 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 30", "Transfer-Encoding: chunked"})
  void anUpgradeHasNoBodyAndNothingBehindItIsRead(String header) throws IOException {
    // Given
    var url = node.exec("echo", "x");
    var behind = RawClient.upgradeRequest("GET", url, V4);

    // When
    try (var client = RawClient.to(url)) {
      client.say(RawClient.upgradeRequest("POST", url, V4, header) + "0\r\n\r\n" + behind);

      // Then
      assertThat(client.rest()).startsWith("HTTP/1.1 400 ").containsOnlyOnce("HTTP/1.1");
    }
    assertThat(answer(url, behind)).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void aSecondRequestOnAConnectionIsNotRead() throws IOException {
    // Given
    var url = node.exec("echo", "x");
    var refused = RawClient.upgradeRequest("GET", url.resolve("/exec/none"), V4);

    // When
    try (var client = RawClient.to(url)) {
      client.say(refused + RawClient.upgradeRequest("GET", url, V4));

      // Then
      assertThat(client.rest()).doesNotContain("101");
    }
    assertThat(answer(url, RawClient.upgradeRequest("GET", url, V4))).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void headersAreBounded() throws IOException {
    // Given
    var url = node.exec("echo", "x");

    // Then
    assertThat(answer(url, RawClient.upgradeRequest("GET", url, V4, "X: " + "y".repeat(20_000))))
        .doesNotContain(" 101 ");
  }

  @Test
  void whoSaysNothingIsNotWaitedFor() throws IOException {
    try (var client = RawClient.to(node.exec("echo", "x"))) {
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void whoOpensNoStreamsIsNotWaitedForAndNothingIsRun() throws IOException {
    try (var client = RawClient.upgraded(node.exec("sleep"), "v4.channel.k8s.io")) {
      // When
      client.open("error", "stdout");

      // Then
      assertThat(client.until("goaway 0"::equals)).containsExactly("goaway 0");
    }
    assertThat(node.target.sessions).isEmpty();
  }

  @Test
  void aWebSocketNeedsAKnownSubprotocolOrNone() throws IOException {
    // Given
    var url = node.exec("echo", "x");
    var request = asWebSocket(url, "Sec-WebSocket-Protocol: %s");

    // Then
    assertThat(answer(url, request.formatted("v6.channel.k8s.io"))).startsWith("HTTP/1.1 403 ");
    assertThat(answer(url, request.formatted(Gate.TUNNEL))).startsWith("HTTP/1.1 403 ");
    assertThat(answer(url, request.formatted("v4.channel.k8s.io").replace("GET", "POST")))
        .startsWith("HTTP/1.1 400 ");
    assertThat(answer(url, request.formatted("v6.channel.k8s.io, v5.channel.k8s.io")))
        .startsWith("HTTP/1.1 101 ")
        .containsIgnoringCase("sec-websocket-protocol: v5.channel.k8s.io\r\n");
  }

  private static String asWebSocket(URI url, String... more) {
    var headers = new ArrayList<>(List.of(more));
    headers.add("Sec-WebSocket-Version: 13");
    headers.add("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    return RawClient.upgradeRequest("GET", url, headers.toArray(String[]::new))
        .replace("SPDY/3.1", "websocket");
  }

  private static String answer(URI url, String request) throws IOException {
    try (var client = RawClient.to(url)) {
      client.say(request);
      return client.head();
    }
  }
}
