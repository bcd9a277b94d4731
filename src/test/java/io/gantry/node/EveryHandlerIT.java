package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ContainerStats;
import io.gantry.cri.proto.ContainerStatsRequest;
import io.gantry.cri.proto.ContainerStatsResponse;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.PodSandboxStatsRequest;
import io.gantry.cri.proto.PortForwardRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.openapi.ApiClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pod for each kind of handler that this host can have, all on one node at once, and the daemon
 * killed among them. What has not been built is said and left out.
 */
@Tag("root")
@Tag("slow")
@TestInstance(Lifecycle.PER_CLASS)
class EveryHandlerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PORT = 8080;
  private static final int CAP_SYS_RESOURCE = 24;
  private static final String WASM = "wasm";

  /** Counts until it is told to stop, and ends with 5. */
  private static final String COUNTING =
      "i=0; until [ -e /stop ]; do i=$((i+1)); echo $i; sleep 0.05; done; echo -1; exit 5";

  private static final String SERVING =
      "mkdir /www && echo \"from $(hostname)\" >/www/index.html && exec busybox httpd -f -h /www -p "
          + PORT;

  /** A pod of shells: one that counts, one that serves a page, one that is there for commands. */
  private record Running(Pod pod, String counting, String serving, String idle) {}

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private final Map<String, String> handlers = new LinkedHashMap<>();
  private Optional<Node> opened = Optional.empty();

  @BeforeAll
  void open() throws Exception {
    offer("crun", Path.of("/usr/bin/crun"), "{binary: crun}");
    offer("runc", Path.of("/usr/sbin/runc"), "{binary: runc}");
    offer("runc-new", Cache.path("runc/runc"), "{binary: %s}");
    var shim = "{driver: shim, binary: %s, options: BinaryName=/usr/sbin/runc}";
    offer("shim", Cache.path("peers/containerd-shim-runc-v2"), shim);
    offer("shim-old", Cache.path("old-shim/containerd-shim-runc-v2"), shim);
    offer(
        "gvisor",
        gVisor(),
        "{driver: shim, binary: %s, options: ConfigPath=" + folder.resolve("runsc.toml") + "}");
    offer(
        "gvisor-oci",
        Cache.path("gvisor/runsc"),
        "{binary: %s, options: [--platform=systrap], overhead-memory-mib: 64}");
    if (seesTheHostsProcesses()) { // without, youki works with cgroups of version 2 alone
      offer(WASM, Cache.path("youki/youki"), "{binary: %s, annotations: [run.oci.handler=wasm]}");
    }
    Files.writeString(
        folder.resolve("runsc.toml"),
        """
        binary_name = "%s"
        root = "%s"
        [runsc_config]
          platform = "systrap"
        """
            .formatted(Cache.path("gvisor/runsc"), folder.resolve("runsc")));
    assumeTrue(handlers.containsKey("crun"), "crun is installed");
    var all = new StringBuilder("handlers:\n  default: crun\n");
    handlers.forEach((name, value) -> all.append("  " + name + ": " + value + "\n"));
    opened = Optional.of(Node.in(folder, all.toString()));
  }

  private static boolean seesTheHostsProcesses() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).endsWith("pid:[4026531836]");
  }

  private void offer(String name, Path binary, String configuration) {
    if (Files.isExecutable(binary)) {
      handlers.put(name, configuration.formatted(binary));
    } else {
      System.out.println("left out: " + name + ", for there is no " + binary);
    }
  }

  /** The real one, where root may give it the OOM score that it insists on. */
  private static Path gVisor() throws IOException {
    try (var status = Files.lines(Path.of("/proc/self/status"))) {
      var privileged =
          status
              .filter(line -> line.startsWith("CapEff:"))
              .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .anyMatch(set -> (set >>> CAP_SYS_RESOURCE & 1) == 1);
      return Cache.path(privileged ? "gvisor" : "gvisor/unprivileged")
          .resolve("containerd-shim-runsc-v1");
    }
  }

  private Node node() {
    return opened.orElseThrow();
  }

  @AfterAll
  void close() throws Exception {
    if (opened.isPresent()) {
      unmountWhatRunscKeeps();
      assertThat(node().left()).isEmpty();
      node().close();
    }
  }

  /** A namespace without a network, for all that it will ever run. */
  private static void unmountWhatRunscKeeps() throws Exception {
    for (var root : List.of("runsc/k8s.io", "run/runtimes/gvisor-oci/state")) {
      var kept = folder.resolve(root).resolve("null-netns");
      if (Files.exists(kept)) {
        new ProcessBuilder("umount", kept.toString()).inheritIO().start().waitFor();
      }
    }
  }

  @Test
  void podsOfAllHandlersAreThereAndRightAfterTheDaemonWasKilled() throws Exception {
    // Given
    var pods = new LinkedHashMap<String, Running>();
    for (var handler : handlers.keySet()) {
      if (!handler.equals(WASM)) {
        pods.put(handler, running(handler));
      }
    }
    var module = handlers.containsKey(WASM) ? Optional.of(module()) : Optional.<Module>empty();
    for (var running : pods.values()) {
      isRight(running);
    }

    // When
    node().restart();
    node().restart();

    // Then
    for (var running : pods.values()) {
      isRight(running);
      endsWell(running);
      node().remove(running.pod());
    }
    if (module.isPresent()) {
      endsWell(module.get());
    }
  }

  private Running running(String handler) throws Exception {
    var pod = node().pod(handler, NamespaceMode.CONTAINER);
    return new Running(
        pod,
        node().run(pod, Node.shell("counting", pod, COUNTING)),
        node().run(pod, Node.shell("serving", pod, SERVING)),
        node().run(pod, Node.idle("idle", pod)));
  }

  private void isRight(Running running) throws Exception {
    var handler = running.pod().config().getMetadata().getName();
    var ran = node().exec(running.idle(), "echo out; echo err >&2; exit 3");
    assertThat(ran.getExitCode()).as(handler).isEqualTo(3);
    assertThat(ran.getStdout().toStringUtf8()).as(handler).isEqualTo("out\n");
    assertThat(ran.getStderr().toStringUtf8()).as(handler).isEqualTo("err\n");
    var page = "from " + running.pod().config().getHostname() + "\n";
    assertThat(page(running.pod())).as(handler).endsWith("\r\n\r\n" + page);
    assertThat(node().output(running.idle(), "wget -q -O - http://127.0.0.1:" + PORT + "/ 2>&1"))
        .as("%s, on the loopback of its containers", handler)
        .isEqualTo(page);
    for (var container : List.of(running.counting(), running.serving(), running.idle())) {
      assertThat(node().status(container).getState())
          .as(handler)
          .isEqualTo(ContainerState.CONTAINER_RUNNING);
      isCounted(stats(container), handler);
    }
    var all =
        node()
            .await(
                node()
                    .cri
                    .call(
                        RuntimeServiceGrpcClient.PodSandboxStats,
                        PodSandboxStatsRequest.newBuilder()
                            .setPodSandboxId(running.pod().id())
                            .build()))
            .getStats();
    assertThat(all.getLinux().getContainersCount()).as(handler).isEqualTo(3);
    assertThat(all.getLinux().getCpu().getUsageCoreNanoSeconds().getValue())
        .as(handler)
        .isPositive();
    assertThat(all.getLinux().getNetwork().getInterfacesList())
        .as(handler)
        .anySatisfy(
            it -> {
              assertThat(it.getName()).isEqualTo("eth0");
              assertThat(it.getRxBytes().getValue()).isPositive();
            });
  }

  private static void isCounted(ContainerStats stats, String handler) {
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).as(handler).isPositive();
    assertThat(stats.getMemory().getWorkingSetBytes().getValue()).as(handler).isPositive();
  }

  private ContainerStats stats(String container) throws Exception {
    return node()
        .await(
            node()
                .cri
                .call(
                    RuntimeServiceGrpcClient.ContainerStats,
                    ContainerStatsRequest.newBuilder().setContainerId(container).build())
                .map(ContainerStatsResponse::getStats));
  }

  private void endsWell(Running running) throws Exception {
    var handler = running.pod().config().getMetadata().getName();
    assertThat(node().exec(running.counting(), "touch /stop").getExitCode()).as(handler).isZero();
    assertThat(node().ended(running.counting()).getExitCode()).as(handler).isEqualTo(5);
    var counted =
        Files.readAllLines(node().log(running.pod(), "counting")).stream()
            .map(line -> Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
            .toList();
    assertThat(counted).as(handler).last().isEqualTo(-1);
    assertThat(gaps(counted.subList(0, counted.size() - 1))).as(handler).isLessThanOrEqualTo(2);
    node().await(node().cri.stop(running.idle(), Duration.ofSeconds(20)));
    assertThat(node().status(running.idle()).getExitCode()).as(handler).isZero();
  }

  /** A daemon that is killed may lose what it has read and not yet written: one read at most. */
  private static long gaps(List<Integer> numbers) {
    assertThat(numbers).isSorted().doesNotHaveDuplicates().first().isEqualTo(1);
    return IntStream.range(1, numbers.size())
        .filter(at -> numbers.get(at) != numbers.get(at - 1) + 1)
        .count();
  }

  // ---- a port, as a client of Kubernetes reaches it

  private String page(Pod pod) throws Exception {
    var url =
        URI.create(
            node()
                .await(
                    node()
                        .cri
                        .call(
                            RuntimeServiceGrpcClient.PortForward,
                            PortForwardRequest.newBuilder()
                                .setPodSandboxId(pod.id())
                                .addPort(PORT)
                                .build()))
                .getUrl());
    var forward = new PortForward(client(url)).forward("any", "pod", List.of(PORT));
    forward
        .getOutboundStream(PORT)
        .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return new String(forward.getInputStream(PORT).readAllBytes(), StandardCharsets.UTF_8);
  }

  /** A client whose every request goes to {@code url}. */
  private static ApiClient client(URI url) {
    var target = String.valueOf(HttpUrl.get(url));
    var http =
        new OkHttpClient.Builder()
            .addInterceptor(
                chain -> chain.proceed(chain.request().newBuilder().url(target).build()))
            .build();
    return new ApiClient(http).setBasePath("http://" + url.getAuthority());
  }

  // ---- WebAssembly, which has no shell and no network

  private record Module(Pod pod, String container) {}

  private Module module() throws Exception {
    var image =
        node()
            .push(
                WASM,
                new JsonObject().put("Entrypoint", new JsonArray().add("/idle.wasm")),
                tar(compiled()));
    var pod = node().pod(WASM, NamespaceMode.CONTAINER);
    var container =
        Node.shell("app", pod, "").clearCommand().setImage(Node.shell("", pod, "").getImage());
    container.getImageBuilder().setImage(image);
    var module = new Module(pod, node().run(pod, container));
    assertThat(Waiting.until(PATIENCE, () -> said(module).contains("wasm is here"))).isTrue();
    return module;
  }

  private String said(Module module) {
    try {
      return Files.readString(node().log(module.pod(), "app"));
    } catch (IOException notYet) {
      return "";
    }
  }

  private void endsWell(Module module) throws Exception {
    assertThat(said(module)).endsWith(" stdout F wasm is here\n");
    assertThat(node().status(module.container()).getState())
        .isEqualTo(ContainerState.CONTAINER_RUNNING);
    isCounted(stats(module.container()), WASM);
    assertThatThrownBy(() -> node().exec(module.container(), "true")).isNotNull();
    node().await(node().cri.stop(module.container(), Duration.ZERO));
    assertThat(node().status(module.container()).getExitCode()).isEqualTo(137);
    node().remove(module.pod());
  }

  private static byte[] compiled() throws Exception {
    var module = folder.resolve("idle.wasm");
    var ended =
        new ProcessBuilder("wat2wasm", "src/test/resources/wasm/idle.wat", "-o", module.toString())
            .inheritIO()
            .start()
            .waitFor();
    assertThat(ended).isZero();
    return Files.readAllBytes(module);
  }

  private static byte[] tar(byte[] module) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      var entry = new TarArchiveEntry("idle.wasm");
      entry.setModTime(0);
      entry.setMode(0755);
      entry.setSize(module.length);
      tar.putArchiveEntry(entry);
      tar.write(module);
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }
}
