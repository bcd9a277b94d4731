package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the client library of Kubernetes, in crictl. */
@Tag("go")
class CrictlIT {
  private static final int SECONDS = 60;
  private static final int LARGE_BYTES = 50 << 20;

  @TempDir Path directory;
  private StreamingNode node;

  private Crictl crictl;

  @BeforeEach
  void serve() {
    node = new StreamingNode(StreamingConfig.defaults());
    crictl = new Crictl(directory.resolve("cri.sock"), directory);
    FakeCri.serve(node, crictl.socket());
  }

  @AfterEach
  void close() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aCommandIsRunAndItsOutputShown(String transport) throws Exception {
    // When
    var ran = crictl.run("exec", "-r", transport, container(), "echo", "hello");

    // Then
    assertThat(ran.text()).isEqualTo("hello\n");
    assertThat(ran.code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void anExitCodeIsToldAndErrorsAreShownApart(String transport) throws Exception {
    // When
    var ran = crictl.run("exec", "-r", transport, container(), "fail", "7");

    // Then
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains("failing").contains("exit code 7");
    assertThat(ran.code()).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aFaultIsShown(String transport) throws Exception {
    assertThat(crictl.run("exec", "-r", transport, container(), "absent").err())
        .contains("program: absent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aLargeInputComesBackByteForByte(String transport) throws Exception {
    // Given
    var bytes = new byte[LARGE_BYTES];
    new Random(7).nextBytes(bytes);
    var input = Files.write(directory.resolve("input"), bytes);

    // When
    var ran = crictl.run(Optional.of(input), "exec", "-i", "-r", transport, container(), "cat");

    // Then
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(Arrays.equals(ran.out(), bytes)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aTerminalTellsItsSize(String transport) throws Exception {
    // Given a terminal of script's, of 33 rows and 101 columns
    var exec = String.join(" ", crictl.command("exec", "-it", "-r", transport, container(), "cat"));
    var started =
        crictl.begun(
            Optional.empty(),
            List.of("script", "-qec", "stty rows 33 cols 101; " + exec, "/dev/null"));

    // When
    var session = Awaited.next(node.target.sessions);
    while (session.sizes.isEmpty() && started.isAlive()) {
      started.waitFor(10, TimeUnit.MILLISECONDS);
    }
    node.vertx.runOnContext(_ -> session.ended(0));

    // Then
    assertThat(started.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(session.sizes).contains("101x33");
    assertThat(started.exitValue()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void anAttachedClientTalksToTheContainer(String transport) throws Exception {
    // Given
    var input = Files.writeString(directory.resolve("input"), "exit\n");

    // When
    var ran = crictl.run(Optional.of(input), "attach", "-i", "-r", transport, container());

    // Then
    assertThat(ran.text()).isEqualTo("$ you said exit\n");
    assertThat(ran.code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aClientThatIsKilledEndsItsSession(String transport) throws Exception {
    // Given
    var client =
        crictl.begun(
            Optional.empty(), crictl.command("exec", "-i", "-r", transport, container(), "sleep"));
    var session = Awaited.next(node.target.sessions);
    var call = Awaited.next(node.target.calls);

    // When
    client.destroyForcibly();

    // Then
    Awaited.of(session.closed.future());
    assertThat(call.over()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void aPortIsForwarded(String transport) throws Exception {
    // Given
    var echo = Awaited.of(EchoServer.listen(node.vertx));
    var bytes = new byte[5 << 20];
    new Random(8).nextBytes(bytes);

    // When
    var answers = new ArrayList<byte[]>();
    try (var forward = crictl.forward(transport, sandbox(), echo)) {
      for (var i = 0; i < 3; i++) {
        answers.add(roundTrip(forward.port(), bytes));
      }
    }

    // Then
    assertThat(answers).allMatch(answer -> Arrays.equals(answer, bytes));
  }

  private static byte[] roundTrip(int port, byte[] bytes) throws Exception {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(SECONDS * 1000);
      var writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      socket.getOutputStream().write(bytes);
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      var read = socket.getInputStream().readNBytes(bytes.length);
      writer.join();
      return read;
    }
  }

  private static String container() {
    return StreamingNode.CONTAINER.value();
  }

  private static String sandbox() {
    return StreamingNode.SANDBOX.value();
  }
}
