package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.cri.proto.NamespaceOption;
import io.gantry.recovery.OnDisk;
import io.gantry.recovery.PrivateNode;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS as a daemon's configuration file asks for it. */
@Tag("root")
class SecureStreamsIT {
  private static final List<String> TRANSPORTS = List.of("spdy", "websocket");

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @Test
  void clientsProveThemselvesAndAskWhereTheAdvertisedUrlSays() throws Exception {
    // Given
    assumeTrue(Files.isExecutable(Crictl.binary()), "src/test/conformance/build-tools.sh");
    pair("server");
    pair("client");
    pair("stranger");
    var port = Crictl.freePort();
    var yaml =
        """
        streaming:
          listen: 0.0.0.0:%d
          advertised: https://localhost:%d/streams
          tls: {certificate: %s, key: %s, client-ca: %s}
        """
            .formatted(port, port, file("server.crt"), file("server.key"), file("client.crt"));
    try (var node = node(yaml)) {
      var crictl = new Crictl(node.daemon.socket(), folder);

      // Then
      assertThat(node.exec(false, "true").toString())
          .startsWith("https://localhost:" + port + "/streams/exec/");
      for (var transport : TRANSPORTS) {
        var known = exec(crictl, node, transport, "server", "client");
        assertThat(known.text()).as(known.err()).isEqualTo("hello\n");
        attaches(crictl, node, transport);
        forwards(crictl, node, transport);
        for (var stranger :
            List.of(
                exec(crictl, node, transport, "server", "stranger"),
                attach(crictl, node.container(), transport, "stranger"),
                forward(crictl, node, transport, "stranger"))) {
          assertThat(stranger.code()).isNotZero();
          assertThat(stranger.err()).containsAnyOf("certificate", "tls:", "reset by peer");
        }
        var deceived = exec(crictl, node, transport, "stranger", "client");
        assertThat(deceived.code()).isNotZero();
        assertThat(deceived.err()).contains("certificate");
      }
      var nobody = TlsClient.trustful(Optional.empty());
      assertThatThrownBy(() -> TlsClient.exec(node.exec(false, "true"), nobody, "error", "stdout"))
          .isInstanceOf(IOException.class);
    }
  }

  private void attaches(Crictl crictl, LiveNode node, String transport) throws Exception {
    var echo =
        node.started(
            LiveNode.container("echo-" + transport, "/bin/sh", "-c", "read line; echo $line")
                .setStdin(true)
                .setStdinOnce(true));
    var ran = attach(crictl, echo, transport, "client");
    assertThat(ran.text()).as(ran.err()).isEqualTo("hello\n");
  }

  private Crictl.Ran attach(Crictl crictl, String container, String transport, String client)
      throws Exception {
    var input = Files.writeString(file("line"), "hello\n");
    var arguments = new ArrayList<>(List.of("attach", "-i", "-r", transport));
    arguments.addAll(List.of(tls("server", client)));
    arguments.add(container);
    return crictl.run(Optional.of(input), arguments.toArray(String[]::new));
  }

  /** Of somebody who is refused before there is a port to forward. */
  private Crictl.Ran forward(Crictl crictl, LiveNode node, String transport, String client)
      throws Exception {
    var arguments = new ArrayList<>(List.of("port-forward", "-r", transport));
    arguments.addAll(List.of(tls("server", client)));
    arguments.addAll(List.of(node.pod(), Crictl.freePort() + ":80"));
    return crictl.run(arguments.toArray(String[]::new));
  }

  private void forwards(Crictl crictl, LiveNode node, String transport) throws Exception {
    var port = Crictl.freePort();
    node.says("busybox nc -l -p " + port + " -e /bin/busybox echo hello >/dev/null 2>&1 &");
    try (var forward = crictl.forward(transport, node.pod(), port, tls("server", "client"));
        var client = new Socket("127.0.0.1", forward.port())) {
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("hello\n");
    }
  }

  @Test
  void aCertificateIsMadeWhereThatIsAsked() throws Exception {
    try (var node = node("streaming: {tls: {certificate: self-signed}}\n")) {
      // Given
      var url = node.exec(true, "echo", "hello");

      // Then
      assertThat(url.toString()).startsWith("https://127.0.0.1:");
      assertThatThrownBy(() -> new FrameClient(url, "v4.channel.k8s.io", 0))
          .isInstanceOf(IOException.class);
      assertThat(
              TlsClient.exec(url, TlsClient.trustful(Optional.empty()), "error", "stdin", "stdout"))
          .contains("data 5 hello");
    }
  }

  private LiveNode node(String yaml) throws IOException {
    return new LiveNode(
        PrivateNode.in(folder, yaml), LiveNode.config(NamespaceOption.getDefaultInstance()));
  }

  private Crictl.Ran exec(
      Crictl crictl, LiveNode node, String transport, String server, String client)
      throws Exception {
    var arguments = new ArrayList<>(List.of("exec", "-r", transport));
    arguments.addAll(List.of(tls(server, client)));
    arguments.addAll(List.of(node.container(), "echo", "hello"));
    return crictl.run(arguments.toArray(String[]::new));
  }

  private String[] tls(String server, String client) {
    return new String[] {
      "--tls-ca",
      file(server + ".crt").toString(),
      "--tls-cert",
      file(client + ".crt").toString(),
      "--tls-key",
      file(client + ".key").toString()
    };
  }

  private void pair(String name) throws Exception {
    var made = SelfSigned.forHost("localhost", Clock.systemUTC());
    Files.write(file(name + ".crt"), made.certificate().getBytes());
    Files.write(file(name + ".key"), made.key().getBytes());
  }

  private Path file(String name) {
    return folder.resolve(name);
  }
}
