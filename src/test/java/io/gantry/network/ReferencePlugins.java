package io.gantry.network;

import static io.gantry.network.NetworksContract.result;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Command;
import io.gantry.host.LinuxHost;
import io.gantry.host.Namespaces.Kind;
import io.gantry.host.Namespaces.Wanted;
import io.gantry.ids.SandboxId;
import io.gantry.network.Attach.PortMapping;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugins that every node has: bridge, host-local and portmap, in a namespace of this host. */
@Tag("root")
abstract class ReferencePlugins {
  private static final String BRIDGE = "gantry-t1";
  private static final String PORTMAP =
      "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true},\"snat\":true}";
  private static final int POD_PORT = 8080;
  private static final int HOST_PORT = 23_281;

  /** Where they are. */
  abstract Path plugins();

  /** What they speak. */
  abstract String cniVersion();

  @TempDir Path temp;
  private final Vertx vertx = Vertx.vertx();
  private final LinuxHost host = LinuxHost.on(vertx);
  final Call call = Call.internal(Call.Tools.plain(), "Test");
  final SandboxId pod = SandboxId.random();
  private Path pins;

  @BeforeEach
  void makeNamespace() throws IOException {
    pins = Files.createDirectory(temp.resolve("pins"));
    result(
        host.namespaces().create(new Wanted(pins, Set.of(Kind.NET), Optional.empty(), Map.of())));
    configure(true, PORTMAP);
  }

  @AfterEach
  void leaveNothing() {
    result(host.namespaces().remove(pins));
    run("ip", "link", "delete", BRIDGE);
    result(host.close());
    result(vertx.close());
  }

  private void configure(boolean masquerade, String second) throws IOException {
    var list =
        """
        {"cniVersion":"%s","name":"gantry-t1","plugins":[
          {"type":"bridge","bridge":"%s","isGateway":true,"ipMasq":%s,"hairpinMode":true,
           "ipam":{"type":"host-local","dataDir":"%s",
                   "ranges":[[{"subnet":"10.232.0.0/16"}],[{"subnet":"fd00:232::/64"}]],
                   "routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}},
          %s]}
        """
            .formatted(cniVersion(), BRIDGE, masquerade, temp.resolve("leases"), second);
    Files.createDirectories(temp.resolve("net.d"));
    Files.writeString(temp.resolve("net.d/10-gantry.conflist"), list);
  }

  Networks networks() {
    var config =
        new NetworkConfig(
            temp.resolve("net.d"),
            List.of(plugins()),
            temp.resolve("cache"),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Optional.empty());
    return result(Cni.networks(vertx, host, config));
  }

  Attach request() {
    var port = new PortMapping("tcp", POD_PORT, HOST_PORT, "");
    return new Attach(pod, "default", "web", "uid-1", pins.resolve("net"), List.of(port));
  }

  String run(String program, String... arguments) {
    var command = Command.of(Path.of("/usr/sbin", program), List.of(arguments));
    var output = result(host.processes().run(call, command, Buffer.buffer(), 1 << 20));
    return output.stdout().toString(UTF_8);
  }

  /** The addresses that host-local has given out. */
  List<String> leases() throws IOException {
    try (var files = Files.list(temp.resolve("leases/gantry-t1"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("10.232.") || name.startsWith("fd00:232:"))
          .sorted()
          .toList();
    }
  }

  private List<Path> portsOfTheBridge() throws IOException {
    try (var ports = Files.list(Path.of("/sys/class/net", BRIDGE, "brif"))) {
      return ports.toList();
    }
  }

  /** A server inside the pod that says its word to whoever connects. */
  private ServerSocketChannel serverInThePod() {
    var server =
        result(
            host.namespaces()
                .inside(
                    pins.resolve("net"),
                    () -> ServerSocketChannel.open().bind(new InetSocketAddress(POD_PORT))));
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (server) {
                while (true) {
                  try (var client = server.accept()) {
                    client.write(java.nio.ByteBuffer.wrap("here".getBytes(UTF_8)));
                  }
                }
              } catch (IOException closed) {
                // the test is over
              }
            });
    return server;
  }

  /** A bridge's new address of IPv6 is tentative for a moment, and answers nobody. */
  private static String said(String address, int port) throws IOException {
    for (var attempt = 1; ; attempt++) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, port), 2_000);
        return new String(socket.getInputStream().readAllBytes(), UTF_8);
      } catch (SocketTimeoutException | NoRouteToHostException notYet) {
        if (attempt == 5) {
          throw notYet;
        }
      }
    }
  }

  @Test
  void podIsReachedByItsAddressAndItsHostPortAndLeavesNothing() throws IOException {
    // Given
    var attachment = result(networks().attach(call, request()));
    var address = attachment.ips().getFirst();
    var rules = run("iptables", "-t", "nat", "-S");
    var leased = leases();
    String direct;
    String direct6;
    String mapped;
    try (var _ = serverInThePod()) {
      direct = said(address, POD_PORT);
      direct6 = said(attachment.ips().getLast(), POD_PORT);
      mapped = said("127.0.0.1", HOST_PORT);
    }

    // When
    result(networks().detach(call, pod)); // as a daemon that has been started anew

    // Then
    assertThat(address).startsWith("10.232.0.");
    assertThat(direct).isEqualTo("here");
    assertThat(mapped).isEqualTo("here");
    assertThat(attachment.ips()).hasSize(2);
    assertThat(leased).containsExactlyElementsOf(attachment.ips());
    assertThat(direct6).isEqualTo("here");
    assertThat(rules).contains(pod.value(), "--to-destination " + address + ":" + POD_PORT);
    assertThat(leases()).isEmpty();
    assertThat(portsOfTheBridge()).isEmpty();
    assertThat(run("iptables", "-t", "nat", "-S")).doesNotContain(pod.value(), address);
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void addressIsFreedThoughNamespaceAndConfigurationAreGone() throws IOException {
    // Given
    configure(false, PORTMAP); // bridge finds its masquerading by the addresses in the namespace
    result(networks().attach(call, request()));
    result(host.namespaces().remove(pins));
    Files.delete(temp.resolve("net.d/10-gantry.conflist"));

    // When
    result(networks().detach(call, pod));

    // Then
    assertThat(leases()).isEmpty();
    assertThat(portsOfTheBridge()).isEmpty();
    assertThat(run("iptables", "-t", "nat", "-S")).doesNotContain(pod.value());
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void failedChainGivesTheAddressBack() throws IOException {
    // Given
    configure(true, "{\"type\":\"tuning\",\"sysctl\":{\"net.no.such.key\":\"1\"}}");

    // When
    var attached = result(networks().attach(call, request()).transform(Future::succeededFuture));

    // Then
    assertThat(attached.cause())
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("network plugin: tuning ADD: ");
    assertThat(leases()).isEmpty();
    assertThat(portsOfTheBridge()).isEmpty();
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void detachedPodCanBeAttachedAgain() throws IOException {
    // Given
    var networks = networks();
    result(networks.attach(call, request()));
    result(networks.detach(call, pod));

    // When
    var again = result(networks.attach(call, request()));

    // Then
    assertThat(leases()).containsExactlyElementsOf(again.ips());
    result(networks.detach(call, pod));
  }

  /** Without host ports: portmap 1.1.1 looks for the rules of IPv4 among those of IPv6. */
  private Attach withoutPorts() {
    return new Attach(pod, "default", "web", "uid-1", pins.resolve("net"), List.of());
  }

  @Test
  void pluginsThatAreAskedForTheirStatusAndForACheckSayThatAllIsWell() {
    // Given
    var networks = networks();
    result(networks.attach(call, withoutPorts()));

    // When
    var checked = result(networks.check(call, pod).transform(Future::succeededFuture));

    // Then
    assertThat(networks.notReady()).isEmpty();
    assertThat(checked.cause()).isNull();
    result(networks.detach(call, pod));
  }

  @Test
  void checkMissesAnAddressThatSomebodyTookAway() throws IOException {
    // Given
    configure(false, PORTMAP); // bridge finds its masquerading by the addresses in the namespace
    var networks = networks();
    result(networks.attach(call, withoutPorts()));
    runIn(pins.resolve("net"), "ip", "address", "flush", "dev", "eth0");

    // When
    var checked = result(networks.check(call, pod).transform(Future::succeededFuture));

    // Then
    assertThat(checked.cause())
        .isInstanceOf(RuntimeFault.class)
        .hasMessageStartingWith("network plugin: bridge CHECK: ");
    result(networks.detach(call, pod));
  }

  @Test
  void bandwidthOfTheAnnotationsIsSetOnThePodsInterfaceAndGoesWithIt() throws IOException {
    // Given
    run("ip", "link", "add", "gantry-ifb", "type", "ifb");
    assumeTrue(Files.exists(Path.of("/sys/class/net/gantry-ifb")), "a kernel with ifb");
    run("ip", "link", "delete", "gantry-ifb");
    configure(true, "{\"type\":\"bandwidth\",\"capabilities\":{\"bandwidth\":true}}");
    var annotations =
        Map.of("kubernetes.io/ingress-bandwidth", "10M", "kubernetes.io/egress-bandwidth", "20M");
    var details = new Attach.Details(Attach.Dns.NONE, annotations, "");
    var networks = networks();

    // When
    result(
        networks.attach(
            call,
            new Attach(pod, "default", "web", "uid-1", pins.resolve("net"), List.of(), details)));
    var attached = shapers();
    result(networks.detach(call, pod));

    // Then
    assertThat(attached).contains("rate 10Mbit").contains("rate 20Mbit");
    assertThat(shapers()).doesNotContain("rate 10Mbit", "rate 20Mbit");
    assertThat(leases()).isEmpty();
  }

  private String shapers() {
    return run("tc", "qdisc", "show");
  }

  private void runIn(Path netns, String program, String... arguments) {
    var all = new java.util.ArrayList<>(List.of("--net=" + netns, "/usr/sbin/" + program));
    all.addAll(List.of(arguments));
    var command = Command.of(Path.of("/usr/bin/nsenter"), all);
    var output = result(host.processes().run(call, command, Buffer.buffer(), 1 << 20));
    assertThat(output.exitCode()).isZero();
  }
}
