package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.client.CriFault;
import io.gantry.recovery.OnDisk;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The URLs of a real daemon, which logs at debug level. */
@Tag("root")
class UrlSecretsIT {
  private static final String V4 = "v4.channel.k8s.io";

  /** How many may wait at once, as {@link StreamingConfig} has it. */
  private static final int IN_FLIGHT_MAX = 1000;

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @AutoClose private LiveNode node;

  @BeforeEach
  void start() throws IOException {
    node = new LiveNode(folder, "crun");
  }

  @Test
  void noTokenIsWrittenDown() throws Exception {
    // When
    var urls =
        List.of(
            used(),
            leftByItsClient(),
            ofSomebodyWhoSpeaksNoSpdy(),
            ofSomebodyWhoSpeaksNoVersion(),
            ofARefusedPort(),
            node.exec(false, "echo", "nobody asks"));

    // Then
    var log = Files.readString(node.daemon.log());
    assertThat(log)
        .contains("call ended", "A streaming client does not speak SPDY", "A port was not forw");
    var operations = operations();
    assertThat(operations).contains(node.container());
    assertThat(filesWith(node.container())).isNotEmpty();
    for (var url : urls) {
      var token = url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
      assertThat(token).hasSize(43);
      assertThat(log).doesNotContain(token);
      assertThat(operations).doesNotContain(token);
      assertThat(filesWith(token)).isEmpty();
    }
  }

  private URI used() throws Exception {
    var url = node.exec(false, "echo", "hello");
    try (var client = RawClient.upgraded(url, V4)) {
      client.open("error", "stdout");
      assertThat(client.until("goaway 0"::equals)).contains("data 3 hello");
    }
    assertThatThrownBy(() -> RawClient.upgraded(url, V4)).hasMessageStartingWith("HTTP/1.1 404 ");
    return url;
  }

  private URI leftByItsClient() throws Exception {
    var url = node.exec(false, "sh", "-c", "echo hello; sleep 1000");
    try (var client = RawClient.upgraded(url, V4)) {
      client.open("error", "stdout");
      client.until("data 3 hello"::equals);
    }
    return url;
  }

  private URI ofSomebodyWhoSpeaksNoSpdy() throws Exception {
    var url = node.exec(false, "echo", "hello");
    try (var client = RawClient.upgraded(url, V4)) {
      client.say(Buffer.buffer(new byte[] {(byte) 0x80, 9, 0, 1, 0, 0, 0, 0}));
      client.rest();
    }
    return url;
  }

  private URI ofSomebodyWhoSpeaksNoVersion() {
    var url = node.exec(false, "echo", "hello");
    assertThatThrownBy(() -> RawClient.upgraded(url, "v9")).hasMessageStartingWith("HTTP/1.1 403 ");
    return url;
  }

  private URI ofARefusedPort() throws Exception {
    var url = node.forward(1);
    try (var client = new FrameClient(url, Gate.PORTFORWARD, 0).forward(1, 1)) {
      assertThat(client.next().data()).asString().contains("port 1");
    }
    return url;
  }

  /** The journal of calls, as the REST API shows it. */
  private String operations() throws IOException {
    var address = UnixDomainSocketAddress.of(folder.resolve("run/api.sock"));
    try (var socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.connect(address);
      var request = "GET /v1/operations HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
      socket.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      return new String(
          Channels.newInputStream(socket).readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** The names of the files below the daemon's folders in which {@code text} stands. */
  private List<String> filesWith(String text) throws IOException {
    var searching =
        new ProcessBuilder("grep", "-rlsF", text, folder.toString())
            .redirectErrorStream(true)
            .start();
    try (var found = searching.inputReader()) {
      return found.lines().toList();
    }
  }

  @Test
  void noMoreThanAThousandWait() {
    assertThatThrownBy(
            () -> {
              for (var i = 0; i <= IN_FLIGHT_MAX; i++) {
                node.exec(false, "true");
              }
            })
        .isInstanceOfSatisfying(
            CriFault.class,
            fault -> {
              assertThat(fault.status()).isEqualTo(GrpcStatus.RESOURCE_EXHAUSTED);
              assertThat(fault)
                  .hasMessageContaining("streaming urls in flight: 1000 (expected: fewer");
            });
  }
}
