package io.gantry.network;

import static io.gantry.network.ScriptedPlugins.GIVES_ADDRESS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.LinuxHost;
import io.gantry.ids.SandboxId;
import io.gantry.network.Attach.PortMapping;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The flows of attach and detach, over plugins that are shell scripts. */
class CniNetworksIT extends NetworksContract {
  private static final Path OWN_NAMESPACE = Path.of("/proc/self/ns/net");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String OTHER =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"other\",\"type\":\"bridge\"}";

  @TempDir Path temp;
  private final Vertx vertx = Vertx.vertx();
  private final LinuxHost host = LinuxHost.on(vertx);
  private final Call call = Call.internal(Call.Tools.plain(), "Test");
  private final SandboxId pod = SandboxId.random();
  private ScriptedPlugins plugins;
  private Networks networks;

  @BeforeEach
  void attachByBridgeAndPortmap() throws IOException {
    plugins = new ScriptedPlugins(temp);
    plugins.install("bridge", GIVES_ADDRESS);
    plugins.install("portmap", addsField("portmapped"));
    configure("1.0.0");
    networks = started(PATIENCE);
  }

  @AfterEach
  void close() {
    result(host.close());
    result(vertx.close());
  }

  /** A chained plugin: passes the previous result on, with a field of its own. */
  private static String addsField(String field) {
    return """
    [ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion":"1.0.0","%s":true,"ips":[{"address":"10.9.0.5/16"}]}'
    """
        .formatted(field);
  }

  private void configure(String version) throws IOException {
    var list =
        """
        {"cniVersion":"%s","name":"net","plugins":[
          {"type":"bridge","mtu":1400},
          {"type":"portmap","capabilities":{"portMappings":true,"ips":true},"snat":true}]}
        """
            .formatted(version);
    Files.createDirectories(temp.resolve("net.d"));
    var unfinished = Files.writeString(temp.resolve("unfinished"), list);
    Files.move(
        unfinished,
        temp.resolve("net.d/10-net.conflist"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  /** A daemon that has just started on what is on the disk. */
  private Networks started(Duration pluginTimeout) {
    return started(pluginTimeout, Optional.empty());
  }

  private Networks started(Duration pluginTimeout, Optional<DefaultBridge> defaultBridge) {
    var config =
        new NetworkConfig(
            temp.resolve("net.d"),
            List.of(temp.resolve("nothing-here"), plugins.bin()),
            temp.resolve("cache"),
            pluginTimeout,
            pluginTimeout,
            defaultBridge);
    var pace =
        new ConfWatch.Pace(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofMinutes(10));
    return result(Cni.networks(vertx, host, config, pace));
  }

  @Override
  Networks networks() {
    return networks;
  }

  @Override
  Vertx vertx() {
    return vertx;
  }

  @Override
  Attach request(SandboxId id) {
    return request(id, OWN_NAMESPACE);
  }

  private static Attach request(SandboxId id, Path netns, PortMapping... ports) {
    return new Attach(id, "default", "web", "uid-1", netns, List.of(ports));
  }

  private static RuntimeFault fault(Future<?> failing) {
    var failed = result(failing.transform(Future::succeededFuture));
    assertThat(failed.cause()).isInstanceOf(RuntimeFault.class);
    return (RuntimeFault) failed.cause();
  }

  private void until(BooleanSupplier condition) {
    Promise<Void> met = Promise.promise();
    var timer =
        vertx.setPeriodic(
            10,
            _ -> {
              if (condition.getAsBoolean()) {
                met.tryComplete();
              }
            });
    try {
      met.future().await(10, SECONDS);
    } catch (java.util.concurrent.TimeoutException never) {
      throw new AssertionError("the condition did not come true within 10 s", never);
    } finally {
      vertx.cancelTimer(timer);
    }
  }

  @Test
  void chainRunsInOrderEachWithTheResultOfTheOneBefore() {
    // When
    var attachment = result(networks.attach(call, request(pod)));

    // Then
    assertThat(attachment).isEqualTo(new Attachment("net", List.of("10.9.0.5")));
    assertThat(plugins.runs()).containsExactly("ADD bridge", "ADD portmap");
    assertThat(plugins.request("ADD", "bridge"))
        .hasToString(
            "{\"type\":\"bridge\",\"mtu\":1400,\"cniVersion\":\"1.0.0\",\"name\":\"net\"}");
    assertThat(plugins.request("ADD", "portmap"))
        .hasToString(
            "{\"type\":\"portmap\",\"snat\":true,\"cniVersion\":\"1.0.0\",\"name\":\"net\","
                + "\"prevResult\":{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.9.0.5/16\"}]}}");
  }

  @Test
  void everyPluginIsToldOfThePod() {
    // When
    result(networks.attach(call, request(pod)));

    // Then
    assertThat(plugins.environment("ADD", "portmap"))
        .containsExactlyInAnyOrder(
            "CNI_COMMAND=ADD",
            "CNI_CONTAINERID=" + pod,
            "CNI_NETNS=/proc/self/ns/net",
            "CNI_IFNAME=eth0",
            "CNI_PATH=" + temp.resolve("nothing-here") + ":" + plugins.bin(),
            "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;"
                + "K8S_POD_INFRA_CONTAINER_ID="
                + pod
                + ";K8S_POD_UID=uid-1");
  }

  @Test
  void capabilitiesReachThePluginsThatDeclareThemOnTheWayInAndOut() {
    // Given
    var ports = new PortMapping("tcp", 80, 8080, "");
    var unmapped = new PortMapping("tcp", 81, 0, "");
    var mapping = "[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}]";

    // When
    result(networks.attach(call, request(pod, OWN_NAMESPACE, ports, unmapped)));
    result(networks.detach(call, pod));

    // Then
    assertThat(plugins.request("ADD", "portmap").path("runtimeConfig"))
        .hasToString("{\"portMappings\":" + mapping + "}");
    assertThat(plugins.request("DEL", "portmap").path("runtimeConfig"))
        .hasToString("{\"portMappings\":" + mapping + "}");
    assertThat(plugins.request("ADD", "bridge").has("runtimeConfig")).isFalse();
  }

  @Test
  void detachRunsInReverseWithTheFinalResultAfterARestartWithoutConfiguration() throws IOException {
    // Given
    result(networks.attach(call, request(pod)));
    Files.delete(temp.resolve("net.d/10-net.conflist"));
    var restarted = started(PATIENCE);

    // When
    result(restarted.detach(call, pod));

    // Then
    assertThat(plugins.runs())
        .containsExactly("ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge");
    assertThat(plugins.request("DEL", "bridge").path("mtu").asInt()).isEqualTo(1400);
    assertThat(plugins.request("DEL", "bridge").path("prevResult").has("portmapped")).isTrue();
    assertThat(plugins.request("DEL", "portmap").path("prevResult").has("portmapped")).isTrue();
    assertThat(plugins.environment("DEL", "bridge"))
        .containsAll(
            plugins.environment("ADD", "bridge").stream()
                .filter(entry -> !entry.startsWith("CNI_COMMAND"))
                .toList());
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({"0.3.1,false", "0.4.0,true"})
  void deleteIsToldTheResultSinceItsVersionKnowsIt(String version, boolean told)
      throws IOException {
    // Given
    configure(version);
    var restarted = started(PATIENCE);
    result(restarted.attach(call, request(pod)));

    // When
    result(restarted.detach(call, pod));

    // Then
    assertThat(plugins.request("DEL", "bridge").has("prevResult")).isEqualTo(told);
  }

  @Test
  void namespaceThatIsGoneIsToldAsNone() throws IOException {
    // Given
    var neverPinned = temp.resolve("net");
    result(networks.attach(call, request(pod, neverPinned)));
    var other = SandboxId.random();
    var unmounted = Files.createFile(temp.resolve("pin"));
    result(networks.attach(call, request(other, unmounted)));

    // When
    result(networks.detach(call, pod));
    var ofMissing = plugins.environment("DEL", "bridge");
    result(networks.detach(call, other));
    var ofUnmounted = plugins.environment("DEL", "bridge");

    // Then
    assertThat(ofMissing).contains("CNI_NETNS=");
    assertThat(ofUnmounted).contains("CNI_NETNS=");
  }

  @Test
  void failedAddIsFollowedByTheDelOfTheWholeChain() {
    // Given
    plugins.install(
        "portmap",
        "[ $CNI_COMMAND = DEL ] || { echo '{\"code\":7,\"msg\":\"no iptables\"}'; exit 1; }");

    // When
    var fault = fault(networks.attach(call, request(pod)));

    // Then
    assertThat(fault).hasMessage("network plugin: portmap ADD: no iptables (code 7)");
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(plugins.runs())
        .containsExactly("ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge");
    assertThat(result(networks.cached())).isEmpty();
  }

  @Test
  void pluginThatFailsToDetachKeepsTheCacheAndNotTheOthersFromTheirs() {
    // Given
    result(networks.attach(call, request(pod)));
    plugins.install("portmap", "echo '{\"code\":7,\"msg\":\"no iptables\"}'; exit 1");

    // When
    var fault = fault(networks.detach(call, pod));
    var keptAfterFailure = result(networks.cached());
    plugins.install("portmap", "exit 0");
    result(networks.detach(call, pod));

    // Then
    assertThat(fault).hasMessage("network plugin: portmap DEL: no iptables (code 7)");
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(keptAfterFailure).containsExactly(pod);
    assertThat(plugins.runs())
        .containsExactly(
            "ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge", "DEL portmap", "DEL bridge");
    assertThat(result(networks.cached())).isEmpty();
  }

  @Test
  void pluginThatIsGoneFailsTheDetachByName() throws IOException {
    // Given
    result(networks.attach(call, request(pod)));
    Files.delete(plugins.bin().resolve("portmap"));

    // When
    var fault = fault(networks.detach(call, pod));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(fault).hasMessageStartingWith("network plugin: portmap: not found (expected: ");
    assertThat(plugins.runs()).endsWith("DEL bridge");
  }

  @Test
  void hangingPluginIsKilledWithItsChildrenAndThePodDetached() {
    // Given
    plugins.install(
        "portmap",
        "[ $CNI_COMMAND = DEL ] && exit; sleep 300 & echo $! > %s; wait"
            .formatted(plugins.note("child")));
    var impatient = started(Duration.ofMillis(700));

    // When
    var fault = fault(impatient.attach(call, request(pod)));

    // Then
    assertThat(fault).hasMessage("network plugin: portmap ADD: no answer within 700 ms, killed");
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    until(() -> !runs(child()));
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
    assertThat(result(impatient.cached())).isEmpty();
  }

  private long child() {
    try {
      return Long.parseLong(Files.readString(plugins.note("child")).strip());
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  private static boolean runs(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  void cancelledCallEndsThePluginAndDetaches() {
    // Given
    plugins.install(
        "portmap",
        "[ $CNI_COMMAND = DEL ] && exit; sleep 300 & echo $! > %1$s.new; mv %1$s.new %1$s; wait"
            .formatted(plugins.note("child")));
    var attaching = networks.attach(call, request(pod));
    until(() -> Files.exists(plugins.note("child")));

    // When
    call.cancel("the kubelet is gone");

    // Then
    assertThat(fault(attaching)).hasMessage("Test: the kubelet is gone");
    until(() -> !runs(child()));
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
    assertThat(result(networks.cached())).isEmpty();
  }

  @Test
  void malformedResultIsAFailedAdd() {
    // Given
    plugins.install("portmap", "[ $CNI_COMMAND = DEL ] || echo 'all is well'");

    // When
    var fault = fault(networks.attach(call, request(pod)));

    // Then
    assertThat(fault).hasMessageStartingWith("network plugin: portmap ADD: malformed result: json");
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
  }

  @Test
  void resultWithoutAnAddressIsAFailedAdd() {
    // Given
    plugins.install("portmap", "[ $CNI_COMMAND = DEL ] || echo '{\"cniVersion\":\"1.0.0\"}'");

    // When
    var fault = fault(networks.attach(call, request(pod)));

    // Then
    assertThat(fault)
        .hasMessage(
            "network net: malformed result: no address for the pod (expected: a CNI result)");
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
  }

  @Test
  void requestIsOnDiskBeforeTheFirstPluginRuns() {
    // Given
    plugins.install(
        "bridge",
        "ls %s > %s;".formatted(temp.resolve("cache"), plugins.note("seen")) + GIVES_ADDRESS);

    // When
    result(networks.attach(call, request(pod)));

    // Then
    assertThat(plugins.note("seen")).hasContent(pod + ".request");
  }

  @Test
  void podOfADaemonKilledInTheMiddleIsFoundAndDetached() throws IOException {
    // Given
    result(networks.attach(call, request(pod)));
    Files.delete(temp.resolve("cache/" + pod + ".result")); // as if the last plugin had not ended
    Files.writeString(temp.resolve("cache/" + pod + ".result.tmp"), "{\"ips\"");
    var restarted = started(PATIENCE);
    var found = result(restarted.cached());

    // When
    result(restarted.detach(call, pod));

    // Then
    assertThat(found).containsExactly(pod);
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
    assertThat(plugins.request("DEL", "bridge").has("prevResult")).isFalse();
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void unreadableRequestIsDetachedByWhatThereIsNow() throws IOException {
    // Given
    result(networks.attach(call, request(pod)));
    Files.writeString(temp.resolve("cache/" + pod + ".request"), "");

    // When
    result(networks.detach(call, pod));

    // Then
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
    assertThat(plugins.environment("DEL", "bridge"))
        .contains("CNI_CONTAINERID=" + pod, "CNI_IFNAME=eth0", "CNI_NETNS=");
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void podThatIsAttachedAlreadyIsDetachedFirst() {
    // Given
    result(networks.attach(call, request(pod)));

    // When
    result(networks.attach(call, request(pod)));

    // Then
    assertThat(plugins.runs())
        .containsExactly(
            "ADD bridge", "ADD portmap", "DEL portmap", "DEL bridge", "ADD bridge", "ADD portmap");
  }

  @Test
  void maliciousPodNameRunsNothing() {
    // Given
    var request = new Attach(pod, "default", "web;IP=10.0.0.1", "uid-1", OWN_NAMESPACE, List.of());

    // When
    var fault = fault(networks.attach(call, request));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(plugins.runs()).isEmpty();
  }

  @Test
  void configurationIsPickedUpWhenItComesAndMissedWhenItGoes() throws IOException {
    // Given
    Files.delete(temp.resolve("net.d/10-net.conflist"));
    Files.delete(temp.resolve("net.d"));
    var waiting = started(PATIENCE);
    var before = waiting.notReady();

    // When
    configure("1.0.0");
    until(() -> waiting.notReady().isEmpty());
    var attachment = result(waiting.attach(call, request(pod)));
    Files.delete(temp.resolve("net.d/10-net.conflist"));
    until(() -> waiting.notReady().isPresent());
    var fault = fault(waiting.attach(call, request(SandboxId.random())));

    // Then
    assertThat(before)
        .hasValue(
            "cni configuration: none in "
                + temp.resolve("net.d")
                + " (expected: a .conflist, .conf or .json file)");
    assertThat(attachment.network()).isEqualTo("net");
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(fault).hasMessage(before.orElseThrow());
  }

  @Test
  void networkStaysWhatItWasWhileItsFileIsBeingWrittenAndChangesWithIt() throws IOException {
    // Given
    Files.writeString(temp.resolve("net.d/20-other.conflist"), OTHER);
    Files.writeString(temp.resolve("net.d/10-net.conflist"), "{");
    until(() -> !networks.description().skipped().isEmpty());
    var broken = networks.description();
    var notReady = networks.notReady();
    var meanwhile = result(networks.attach(call, request(SandboxId.random()))).network();

    // When
    Files.writeString(
        temp.resolve("net.d/10-net.conflist"),
        "{\"cniVersion\":\"1.0.0\",\"name\":\"new\",\"type\":\"bridge\"}");
    until(() -> networks.description().name().equals("new"));

    // Then
    assertThat(broken.name()).isEqualTo("net");
    assertThat(broken.skipped()).singleElement().asString().startsWith("10-net.conflist: json: ");
    assertThat(notReady).isEmpty();
    assertThat(meanwhile).isEqualTo("net");
    assertThat(result(networks.attach(call, request(pod))).network()).isEqualTo("new");
  }

  @Test
  void fileThatIsMovedInAndOthersThatEditorsLeaveAreReadAsMeant() throws IOException {
    // Given
    Files.writeString(temp.resolve("net.d/.10-net.conflist"), OTHER);
    Files.writeString(temp.resolve("net.d/05-net.conflist~"), OTHER);
    Files.writeString(temp.resolve("net.d/05-net.conflist.tmp"), OTHER);
    var before = networks.description().name();

    // When
    Files.move(temp.resolve("net.d/05-net.conflist.tmp"), temp.resolve("net.d/05-net.conflist"));
    until(() -> networks.description().name().equals("other"));

    // Then
    assertThat(before).isEqualTo("net");
    assertThat(networks.description().file())
        .isEqualTo(temp.resolve("net.d/05-net.conflist").toString());
  }

  @Test
  void pluginThatSaysItIsNotReadyMakesTheNodeSoUntilItIs() throws IOException {
    // Given
    plugins.install(
        "portmap",
        "[ $CNI_COMMAND = STATUS ] || exit 0; echo '{\"code\":50,\"msg\":\"no agent\"}'; exit 1");

    // When
    configure("1.1.0");
    until(() -> networks.notReady().filter(why -> why.contains("STATUS")).isPresent());
    var reason = networks.notReady();
    plugins.install("portmap", "exit 0");
    until(() -> networks.notReady().isEmpty());

    // Then
    assertThat(reason).hasValue("network plugin: portmap STATUS: no agent (code 50)");
    assertThat(plugins.runs()).contains("STATUS bridge", "STATUS portmap");
    assertThat(plugins.environment("STATUS", "portmap"))
        .containsExactlyInAnyOrder(
            "CNI_COMMAND=STATUS", "CNI_PATH=" + temp.resolve("nothing-here") + ":" + plugins.bin());
  }

  @Test
  void checkTellsThePluginsTheFinalResult() {
    // Given
    result(networks.attach(call, request(pod)));
    var well = result(networks.check(call, pod).transform(Future::succeededFuture));
    plugins.install("bridge", "echo '{\"code\":7,\"msg\":\"no link eth0\"}'; exit 1");

    // When
    var fault = fault(networks.check(call, pod));

    // Then
    assertThat(well.succeeded()).isTrue();
    assertThat(fault).hasMessage("network plugin: bridge CHECK: no link eth0 (code 7)");
    assertThat(plugins.runs())
        .containsExactly(
            "ADD bridge", "ADD portmap", "CHECK bridge", "CHECK portmap", "CHECK bridge");
    assertThat(plugins.request("CHECK", "portmap").path("prevResult").has("portmapped")).isTrue();
  }

  @Test
  void garbageIsWhatBelongsToNoPodButThoseThatStay() throws IOException {
    // Given
    configure("1.1.0");
    networks = started(PATIENCE);
    var leaving = SandboxId.random();
    result(networks.attach(call, request(pod)));
    result(networks.attach(call, request(leaving)));

    // When
    result(networks.collectGarbage(call, Set.of(leaving)));

    // Then
    assertThat(plugins.runs())
        .filteredOn(run -> !run.startsWith("STATUS"))
        .endsWith("GC bridge", "GC portmap");
    assertThat(plugins.request("GC", "bridge"))
        .hasToString(
            "{\"type\":\"bridge\",\"mtu\":1400,\"cniVersion\":\"1.1.0\",\"name\":\"net\","
                + "\"cni.dev/valid-attachments\":[{\"containerID\":\""
                + pod
                + "\",\"ifname\":\"eth0\"}]}");
  }

  @ParameterizedTest
  @CsvSource({"1.0.0,''", "1.1.0,',\"disableGC\":true,\"disableCheck\":true'"})
  void whatAPluginDoesNotKnowOrMustNotDoIsNotAskedOfIt(String version, String more)
      throws IOException {
    // Given
    Files.writeString(
        temp.resolve("net.d/10-net.conflist"),
        "{\"cniVersion\":\"%s\",\"name\":\"quiet\",\"plugins\":[{\"type\":\"bridge\"}]%s}"
            .formatted(version, more));
    networks = started(PATIENCE);
    result(networks.attach(call, request(pod)));

    // When
    result(networks.collectGarbage(call, Set.of()));
    if (!more.isEmpty()) {
      result(networks.check(call, pod));
    }

    // Then
    assertThat(plugins.runs()).filteredOn(run -> !run.startsWith("STATUS")).endsWith("ADD bridge");
  }

  @Test
  void noPodIsAttachedWhileGarbageIsCollected() throws IOException {
    // Given
    configure("1.1.0");
    plugins.install(
        "bridge",
        "[ $CNI_COMMAND = GC ] && { touch %1$s; while [ ! -e %2$s ]; do sleep 0.05; done; exit; };"
                .formatted(plugins.note("collecting"), plugins.note("go-on"))
            + GIVES_ADDRESS);
    networks = started(PATIENCE);
    var collected = networks.collectGarbage(call, Set.of());
    until(() -> Files.exists(plugins.note("collecting")));

    // When
    var attached = networks.attach(call, request(pod));
    until(() -> !attached.isComplete());
    Files.createFile(plugins.note("go-on"));
    result(attached);

    // Then
    assertThat(collected.succeeded()).isTrue();
    assertThat(plugins.runs()).containsSubsequence("GC bridge", "GC portmap", "ADD bridge");
  }

  @Test
  void pluginThatHangsLeavesTheOthersTheirTimeToDetach() {
    // Given
    result(networks.attach(call, request(pod)));
    plugins.install("portmap", "exec sleep 300");
    var impatient = started(Duration.ofMillis(1200));
    var since = System.nanoTime();

    // When
    var fault = fault(impatient.detach(call, pod));

    // Then
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofMillis(1200));
    assertThat(fault.getMessage())
        .matches("network plugin: portmap DEL: no answer within \\d+ ms, killed");
    assertThat(plugins.runs()).endsWith("DEL portmap", "DEL bridge");
  }

  @Test
  void directoryWithoutAConfigurationHasTheDefaultBridgeIfThereIsToBeOne() throws IOException {
    // Given
    Files.delete(temp.resolve("net.d/10-net.conflist"));
    var bridge = new DefaultBridge("gantry0", List.of("10.85.0.0/16", "fd00:85::/64"));
    networks = started(PATIENCE, Optional.of(bridge));
    var without = networks.description();

    // When
    configure("1.0.0");
    until(() -> networks.description().name().equals("net"));

    // Then
    assertThat(without.name()).isEqualTo("gantry-default");
    assertThat(without.file()).isEmpty();
    assertThat(without.plugins()).containsExactly("bridge", "portmap");
  }

  @Test
  void defaultBridgeTakesTheRangeThatTheNodeWasGivenAlsoAfterARestart() throws IOException {
    // Given
    Files.delete(temp.resolve("net.d/10-net.conflist"));
    var bridge = Optional.of(new DefaultBridge("gantry0", List.of("10.85.0.0/16")));
    networks = started(PATIENCE, bridge);

    // When
    result(networks.podRange(call, "10.244.7.0/24,fd00:7::/64"));
    networks = started(PATIENCE, bridge);
    result(networks.attach(call, request(SandboxId.random())));

    // Then
    assertThat(plugins.request("ADD", "bridge").toString())
        .contains("\"subnet\":\"10.244.7.0/24\"", "\"subnet\":\"fd00:7::/64\"")
        .contains("\"forceAddress\":true")
        .doesNotContain("10.85");
  }

  @Test
  void rangeOfANodeIsOneSubnetOfAFamily() {
    for (var wrong : List.of("10.0.0.0/8,10.1.0.0/16", "10.1.0.0", "fd00::/64,", "all", " ")) {
      assertThat(fault(networks.podRange(call, wrong)))
          .as(wrong)
          .hasMessageContaining("pod cidr: '" + wrong + "'");
    }
    assertThat(networks.podRange(call, "10.1.0.0/16").succeeded()).isTrue();
  }
}
