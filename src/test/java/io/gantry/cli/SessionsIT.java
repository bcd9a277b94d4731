package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.AttachRequest;
import io.gantry.cri.proto.ExecRequest;
import io.gantry.cri.proto.PortForwardRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.recovery.OnDisk;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is in a pod is among the operations for as long as that lasts, and can be sent away. */
@Tag("root")
class SessionsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;
  private WebSocketClient client;
  private String pod = "";
  private String container = "";

  @BeforeEach
  void prepare() throws Exception {
    node = Node.in(folder).started();
    client = node.vertx().createWebSocketClient();
    node.answered(node.cri().pull(Node.IMAGE));
    pod = node.answered(node.cri().runPod(node.pod("web-0")));
    var httpd = Node.container("/bin/busybox", "httpd", "-f", "-p", "8080").build();
    container = node.answered(node.cri().create(pod, httpd, node.pod("web-0")));
    node.answered(node.cri().start(container));
  }

  @AfterEach
  void clear() throws Exception {
    node.close();
  }

  @Test
  void anExecOfTheKubeletsIsListedWhileItLastsAndIsToldWhenItIsCancelled() throws Exception {
    // Given
    var session = joined(execUrl("echo ready; sleep 4711"), "v5.channel.k8s.io");
    assertThat(Waiting.until(PATIENCE, () -> session.text().contains("ready"))).isTrue();

    // When
    var listed = underWay("Exec");
    var why = node.gantry("why", "web-0").text();
    var cancelled = node.gantry("cancel", listed.path("number").asText());

    // Then
    assertThat(listed.path("actor").asText()).startsWith("cri/");
    assertThat(listed.path("subjects").toString())
        .contains("pod:shop/web-0", "container:" + container, "sandbox:" + pod);
    assertThat(listed.path("waits").path(0).path("who").asText()).isEqualTo("its client");
    assertThat(listed.path("now")).isEmpty();
    assertThat(why)
        .startsWith("pod shop/web-0: ready")
        .contains("Exec, under way", "of cri/", "waits for its client");
    assertThat(cancelled.code()).as(cancelled.text()).isZero();
    assertThat(Waiting.until(PATIENCE, session.socket()::isClosed)).isTrue();
    assertThat(session.text()).contains("\"status\":\"Failure\"", "cancelled over the API");
    assertThat(Waiting.until(PATIENCE, () -> !runs("sleep\0004711"))).as("its process").isTrue();
    assertThat(Waiting.until(PATIENCE, () -> all("Exec").isEmpty())).isTrue();
    assertThat(node.gantry("why", "web-0").text()).contains("Exec, done");
  }

  @Test
  void whoeverLeavesIsListedNoMore() throws Exception {
    var exec = joined(execUrl("echo ready; sleep 600"), "v5.channel.k8s.io");
    var attach = joined(attachUrl(), "v5.channel.k8s.io");
    var forward = joined(forwardUrl(), "v4.channel.k8s.io");
    for (var operation : List.of("Exec", "Attach", "PortForward")) {
      assertThat(underWay(operation).path("subjects").toString())
          .as(operation)
          .contains("pod:shop/web-0");
    }
    assertThat(node.gantry("operations").text()).contains("waits for its client");

    for (var session : List.of(exec, attach, forward)) {
      node.answered(session.socket().close());
    }
    for (var operation : List.of("Exec", "Attach", "PortForward")) {
      assertThat(Waiting.until(PATIENCE, () -> all(operation).isEmpty())).as(operation).isTrue();
    }
  }

  @Test
  void anAttachAndAPortForwardAreCancelled() throws Exception {
    for (var operation : List.of("Attach", "PortForward")) {
      var attach = operation.equals("Attach");
      var session =
          attach
              ? joined(attachUrl(), "v5.channel.k8s.io")
              : joined(forwardUrl(), "v4.channel.k8s.io");
      var number = underWay(operation).path("number").asText();
      assertThat(node.gantry("cancel", number).code()).isZero();
      assertThat(Waiting.until(PATIENCE, session.socket()::isClosed)).as(operation).isTrue();
      assertThat(Waiting.until(PATIENCE, () -> all(operation).isEmpty())).as(operation).isTrue();
    }
    assertThat(node.gantry("ps").text()).as("what was attached lives on").contains("running");
  }

  @Test
  void sessionsOfTheRestApiAreCancelledToo() throws Exception {
    // Given
    var output = Files.createTempFile(folder, "exec", ".txt");
    var forwarded = Files.createTempFile(folder, "forward", ".txt");
    var exec = node.begun(output, "exec", "app", "sh", "-c", "echo ready; sleep 4712");
    var forward = node.begun(forwarded, "port-forward", "web-0", "0:8080");
    Waiting.until(PATIENCE, () -> said(output).contains("ready"));
    Waiting.until(PATIENCE, () -> said(forwarded).contains("-> web-0:8080"));
    var port =
        Integer.parseInt(
            said(forwarded).replaceAll("(?s).*127.0.0.1:(\\d+) -> web-0:8080.*", "$1"));

    try (var connection = new java.net.Socket("127.0.0.1", port)) {
      // When
      for (var operation : List.of("execInContainer", "forwardPort")) {
        var listed = underWay(operation);
        assertThat(listed.path("subjects").toString()).contains("pod:shop/web-0");
        assertThat(node.gantry("cancel", listed.path("number").asText()).code()).isZero();
      }

      // Then
      assertThat(exec.waitFor(60, TimeUnit.SECONDS)).as(said(output)).isTrue();
      assertThat(exec.exitValue()).isEqualTo(1);
      assertThat(said(output)).contains("execInContainer: cancelled over the API");
      connection.setSoTimeout(20_000);
      assertThat(connection.getInputStream().read()).isEqualTo(-1);
      assertThat(forward.isAlive()).as("others may come").isTrue();
    } finally {
      forward.destroy();
      forward.waitFor();
    }
    assertThat(Waiting.until(PATIENCE, () -> !runs("sleep\0004712"))).isTrue();
  }

  /** A client of a URL, and what came to it. */
  private record Session(WebSocket socket, Buffer came) {
    String text() {
      synchronized (came) {
        return came.toString();
      }
    }
  }

  private Session joined(String url, String subprotocol) throws Exception {
    var options = new WebSocketConnectOptions().setAbsoluteURI(url.replaceFirst("^http", "ws"));
    var came = Buffer.buffer();
    var connecting =
        client
            .connect(options.addSubProtocol(subprotocol))
            .onSuccess(
                socket ->
                    socket.handler(
                        bytes -> {
                          synchronized (came) {
                            came.appendBuffer(bytes);
                          }
                        }));
    return new Session(node.answered(connecting), came);
  }

  private String execUrl(String script) throws Exception {
    var request =
        ExecRequest.newBuilder()
            .setContainerId(container)
            .addAllCmd(List.of("/bin/sh", "-c", script))
            .setStdout(true)
            .setStderr(true);
    return node.answered(node.cri().call(RuntimeServiceGrpcClient.Exec, request.build())).getUrl();
  }

  private String attachUrl() throws Exception {
    var request = AttachRequest.newBuilder().setContainerId(container).setStdout(true);
    return node.answered(node.cri().call(RuntimeServiceGrpcClient.Attach, request.build()))
        .getUrl();
  }

  private String forwardUrl() throws Exception {
    var request = PortForwardRequest.newBuilder().setPodSandboxId(pod).addPort(8080);
    return node.answered(node.cri().call(RuntimeServiceGrpcClient.PortForward, request.build()))
        .getUrl();
  }

  private JsonNode underWay(String operation) {
    assertThat(Waiting.until(PATIENCE, () -> !all(operation).isEmpty())).as(operation).isTrue();
    return all(operation).getFirst();
  }

  /** Those under way. */
  private List<JsonNode> all(String operation) {
    try {
      var all = JSON.readTree(node.gantrySays("operations", "-o", "json"));
      return all.valueStream()
          .filter(it -> it.path("name").asText().equals(operation))
          .filter(it -> !it.path("over").asBoolean())
          .toList();
    } catch (IOException noJson) {
      throw new IllegalStateException(noJson);
    }
  }

  private static boolean runs(String commandLine) {
    return ProcessHandle.allProcesses()
        .map(it -> said(Path.of("/proc", Long.toString(it.pid()), "cmdline")))
        .anyMatch(line -> line.contains(commandLine));
  }

  private static String said(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }
}
