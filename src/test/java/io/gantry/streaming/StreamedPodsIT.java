package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.cri.proto.IDMapping;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.UserNamespace;
import io.gantry.recovery.OnDisk;
import io.gantry.recovery.PrivateNode;
import io.kubernetes.client.PortForward;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A command, a container and a web server in pods of several kinds, reached as people do. */
@Tag("root")
class StreamedPodsIT {
  private static final List<String> TRANSPORTS = List.of("spdy", "websocket");
  private static final int AT_ONCE = 4;
  private static final IDMapping IDS =
      IDMapping.newBuilder().setContainerId(0).setHostId(200_000).setLength(65_536).build();

  /** What is different about a pod. */
  enum Kind {
    OF_ITS_OWN,
    ON_THE_HOSTS_NETWORK,
    WITH_IPV6_ONLY,
    WITH_USERS_OF_ITS_OWN
  }

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void streamsLeadInto(Kind kind) throws Exception {
    // Given
    assumeTrue(Files.isExecutable(Crictl.binary()), "src/test/conformance/build-tools.sh");
    try (var node = new LiveNode(daemon(kind), LiveNode.config(namespaces(kind)))) {
      var crictl = new Crictl(node.daemon.socket(), folder);

      // Then
      assertThat(node.status().getNetwork().getIp().contains(":"))
          .isEqualTo(kind == Kind.WITH_IPV6_ONLY);
      for (var transport : TRANSPORTS) {
        runsCommands(crictl, node, transport, kind);
        attaches(crictl, node, transport);
      }
      for (var address : List.of("127.0.0.1:", "[::1]:")) {
        servesPages(crictl, node, address);
      }
      refuses(crictl, node);
    }
  }

  private static void runsCommands(Crictl crictl, LiveNode node, String transport, Kind kind)
      throws Exception {
    var ran =
        crictl.run(
            "exec", "-r", transport, node.container(), "cat", "/proc/self/uid_map", "/absent");
    assertThat(ran.text().strip().split(" +"))
        .contains(kind == Kind.WITH_USERS_OF_ITS_OWN ? "200000" : "4294967295");
    assertThat(ran.err()).contains("/absent").contains("exit code 1");
    assertThat(ran.code()).isNotZero();
  }

  private void attaches(Crictl crictl, LiveNode node, String transport) throws Exception {
    var echo =
        node.started(
            LiveNode.container("echo-" + transport, "/bin/sh", "-c", "read line; echo $line")
                .setStdin(true)
                .setStdinOnce(true));
    var input = Files.writeString(folder.resolve("line"), "hello\n");
    var ran = crictl.run(Optional.of(input), "attach", "-i", "-r", transport, echo);
    assertThat(ran.text()).as(ran.err()).isEqualTo("hello\n");
  }

  /** Small and large, several at once, by crictl's two transports and by the Java client. */
  private static void servesPages(Crictl crictl, LiveNode node, String address) throws Exception {
    var port = Crictl.freePort();
    var sum =
        node.says(
            "mkdir -p /www && echo \"from $(hostname)\" >/www/index.html"
                + " && dd if=/dev/urandom of=/www/large bs=1048576 count=1 2>/dev/null"
                + " && busybox httpd -h /www -p "
                + address
                + port
                + " && sha256sum </www/large");
    var page = "from " + node.says("hostname") + "\n";
    for (var transport : TRANSPORTS) {
      try (var forward = crictl.forward(transport, node.pod(), port);
          var browser = HttpClient.newHttpClient()) {
        var pages =
            IntStream.range(0, AT_ONCE).mapToObj(_ -> get(browser, forward, "large")).toList();
        assertThat(new String(get(browser, forward, "").join().body(), StandardCharsets.UTF_8))
            .isEqualTo(page);
        for (var large : pages) {
          assertThat(sum).startsWith(sha256(large.join().body()));
        }
      }
    }
    assertThat(byTheJavaClient(node, port)).startsWith("HTTP/1.").endsWith("\r\n\r\n" + page);
  }

  private static CompletableFuture<HttpResponse<byte[]>> get(
      HttpClient browser, Crictl.Forward forward, String page) {
    var url = URI.create("http://127.0.0.1:" + forward.port() + "/" + page);
    return browser.sendAsync(HttpRequest.newBuilder(url).build(), BodyHandlers.ofByteArray());
  }

  private static String byTheJavaClient(LiveNode node, int port) throws Exception {
    var forward =
        new PortForward(KubernetesClientIT.client(node.forward(port)))
            .forward("any", "pod", List.of(port));
    forward
        .getOutboundStream(port)
        .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return new String(forward.getInputStream(port).readAllBytes(), StandardCharsets.UTF_8);
  }

  /** A port that nobody listens on. */
  private static void refuses(Crictl crictl, LiveNode node) throws Exception {
    for (var transport : TRANSPORTS) {
      try (var forward = crictl.forward(transport, node.pod(), Crictl.freePort());
          var browser = HttpClient.newHttpClient()) {
        assertThatThrownBy(() -> get(browser, forward, "").join())
            .hasCauseInstanceOf(IOException.class);
      }
    }
  }

  private PrivateNode daemon(Kind kind) throws IOException {
    if (kind != Kind.WITH_USERS_OF_ITS_OWN) {
      var daemon = PrivateNode.in(folder);
      if (kind == Kind.WITH_IPV6_ONLY) {
        var network = folder.resolve("cni/10-kill.conflist");
        Files.writeString(
            network, Files.readString(network).replace("10.233.0.0/16", "fd00:233::/64"));
      }
      return daemon;
    }
    var runc = Crictl.binary().resolveSibling("../runc/runc").normalize();
    assumeTrue(Files.isExecutable(runc), "src/test/conformance/build-runc.sh");
    // The pod's root has to reach what the daemon mounts for it.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    return PrivateNode.in(folder, "handlers: {default: oci, oci: {binary: " + runc + "}}\n");
  }

  private static NamespaceOption namespaces(Kind kind) {
    return switch (kind) {
      case OF_ITS_OWN, WITH_IPV6_ONLY -> NamespaceOption.getDefaultInstance();
      case ON_THE_HOSTS_NETWORK ->
          NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE).build();
      case WITH_USERS_OF_ITS_OWN ->
          NamespaceOption.newBuilder()
              .setUsernsOptions(
                  UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(IDS).addGids(IDS))
              .build();
    };
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
