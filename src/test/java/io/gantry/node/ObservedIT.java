package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Message;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.Api;
import io.gantry.cri.proto.ContainerEventResponse;
import io.gantry.cri.proto.ContainerEventType;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.GetEventsRequest;
import io.gantry.cri.proto.ImageServiceGrpcClient;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.ListMetricDescriptorsRequest;
import io.gantry.cri.proto.ListPodSandboxMetricsRequest;
import io.gantry.cri.proto.Metric;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.PodSandboxMetrics;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import io.vertx.core.Future;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.ServiceMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a daemon tells: an answer to each RPC, events with what is in them, numbers of the kernel's.
 */
@Tag("root")
@TestInstance(Lifecycle.PER_CLASS)
class ObservedIT {
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");
  private static final long MIB = 1024 * 1024;

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;

  @BeforeAll
  static void open() throws Exception {
    node = Node.in(folder, "");
  }

  @AfterAll
  static void close() throws Exception {
    assertThat(node.left()).isEmpty();
    node.close();
  }

  static boolean onCgroupV1() {
    return Files.isDirectory(GROUPS.resolve("memory"));
  }

  @Test
  void everyRpcIsAnsweredButThoseOfCheckpointsOfPods() throws Exception {
    // Given
    var methods = new TreeMap<String, ServiceMethod<?, ?>>();
    for (var stub : List.of(RuntimeServiceGrpcClient.class, ImageServiceGrpcClient.class)) {
      for (var field : stub.getFields()) {
        if (field.get(null) instanceof ServiceMethod<?, ?> method) {
          methods.put(method.methodName(), method);
        }
      }
    }

    // When
    var unimplemented = new TreeSet<String>();
    for (var method : methods.values()) {
      if (statusOf(method).equals("UNIMPLEMENTED")) {
        unimplemented.add(method.methodName());
      }
    }

    // Then
    assertThat(methods.keySet())
        .hasSameSizeAs(
            Api.getDescriptor().getServices().stream()
                .flatMap(service -> service.getMethods().stream())
                .toList());
    assertThat(unimplemented).containsExactly("CheckpointPod", "RestorePod");
  }

  /** Of the answer to a request that says nothing; one that waits for events is an answer too. */
  private static <A, Q> String statusOf(ServiceMethod<A, Q> method) throws Exception {
    var answer = node.cri.open(method, question(method));
    if (method.methodName().equals("GetContainerEvents")) {
      node.await(settled());
      return answer.isComplete() ? status(answer.result()) : "OK";
    }
    return node.await(
        answer.compose(
            opened -> {
              opened.resume();
              return opened.last().transform(_ -> Future.succeededFuture(status(opened)));
            }));
  }

  private static String status(GrpcClientResponse<?, ?> answer) {
    var status = answer.status();
    return status == null ? "OK" : status.name();
  }

  @SuppressWarnings("unchecked") // the stub's method takes what its descriptor names
  private static <Q> Q question(ServiceMethod<?, Q> method) throws Exception {
    var type =
        Api.getDescriptor().getServices().stream()
            .flatMap(service -> service.getMethods().stream())
            .filter(found -> found.getName().equals(method.methodName()))
            .findFirst()
            .orElseThrow()
            .getInputType()
            .getName();
    var message = Class.forName("io.gantry.cri.proto." + type).getMethod("getDefaultInstance");
    return (Q) (Message) message.invoke(null);
  }

  @Test
  void eventsSayWhatHappenedToWhomWithTheWholePod() throws Exception {
    // Given
    var events = new CopyOnWriteArrayList<ContainerEventResponse>();
    var _ =
        node.cri
            .open(
                RuntimeServiceGrpcClient.GetContainerEvents, GetEventsRequest.getDefaultInstance())
            .onSuccess(stream -> stream.handler(events::add).resume());
    node.await(settled());
    var pod = node.pod("", NamespaceMode.CONTAINER);

    // When
    var app = node.run(pod, Node.shell("app", pod, "exit 3"));
    node.ended(app);
    node.await(node.cri.remove(app));
    node.remove(pod);
    Waiting.until(Duration.ofSeconds(20), () -> of(events, pod.id()).size() >= 4);

    // Then
    assertThat(of(events, app))
        .extracting(ContainerEventResponse::getContainerEventType)
        .containsExactly(
            ContainerEventType.CONTAINER_CREATED_EVENT,
            ContainerEventType.CONTAINER_STARTED_EVENT,
            ContainerEventType.CONTAINER_STOPPED_EVENT,
            ContainerEventType.CONTAINER_DELETED_EVENT);
    assertThat(of(events, pod.id()))
        .extracting(ContainerEventResponse::getContainerEventType)
        .containsExactly(
            ContainerEventType.CONTAINER_CREATED_EVENT,
            ContainerEventType.CONTAINER_STARTED_EVENT,
            ContainerEventType.CONTAINER_STOPPED_EVENT,
            ContainerEventType.CONTAINER_DELETED_EVENT);
    var stopped = of(events, app).get(2);
    assertThat(stopped.getPodSandboxStatus().getId()).isEqualTo(pod.id());
    assertThat(stopped.getPodSandboxStatus().getMetadata().getNamespace()).isEqualTo("test");
    assertThat(stopped.getContainersStatusesList())
        .singleElement()
        .satisfies(
            status -> {
              assertThat(status.getId()).isEqualTo(app);
              assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
              assertThat(status.getExitCode()).isEqualTo(3);
            });
    assertThat(events).extracting(ContainerEventResponse::getCreatedAt).isSorted();
    assertThat(of(events, pod.id()).getLast().hasPodSandboxStatus()).isFalse();
  }

  /**
   * A stream is answered with its first event: what follows another answer comes after its begin.
   */
  private static Future<?> settled() {
    return node.cri.version();
  }

  private static List<ContainerEventResponse> of(List<ContainerEventResponse> events, String id) {
    return events.stream().filter(event -> event.getContainerId().equals(id)).toList();
  }

  @Test
  @EnabledIf("onCgroupV1")
  void metricsAreWhatTheKernelSays() throws Exception {
    // Given: one that has worked, and does nothing any more
    var pod = node.pod("", NamespaceMode.CONTAINER);
    var config =
        Node.shell(
            "app",
            pod,
            "/bin/busybox head -c 20971520 /dev/zero > /big; /bin/busybox cat /big > /dev/null;"
                + " i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done;"
                + " /bin/busybox ping -c 2 -i 0.1 10.233.0.1 > /dev/null; exec 5</big 6</big;"
                + " echo done; exec sleep 1000");
    config
        .getLinuxBuilder()
        .setResources(
            LinuxContainerResources.newBuilder()
                .setMemoryLimitInBytes(64 * MIB)
                .setMemorySwapLimitInBytes(96 * MIB)
                .setCpuPeriod(50_000)
                .setCpuQuota(20_000)
                .setCpuShares(512));
    var app = node.run(pod, config);
    var log = node.log(pod, "app");
    assertThat(
            Waiting.until(
                Duration.ofSeconds(60), () -> Files.exists(log) && text(log).contains("done")))
        .isTrue();
    assertThat(
            Waiting.until(
                Duration.ofSeconds(40), () -> value(metrics(pod), "container_fs_usage_bytes") > 0))
        .as("the writable layer is measured behind answers")
        .isTrue();

    // When
    var before = kernel(pod, app);
    var metrics = metrics(pod);
    var after = kernel(pod, app);

    // Then
    for (var family : before.keySet()) { // the CRI has whole numbers
      assertThat(value(metrics, family))
          .as(family)
          .isBetween(
              Math.floor(Math.min(before.get(family), after.get(family))),
              Math.floor(Math.max(before.get(family), after.get(family))));
    }
    assertThat(value(metrics, "container_fs_usage_bytes")).isCloseTo(20.0 * MIB, within(0.5 * MIB));
    assertThat(value(metrics, "container_memory_usage_bytes")).isGreaterThan(16.0 * MIB);
    assertThat(value(metrics, "container_start_time_seconds"))
        .isCloseTo(node.status(app).getStartedAt() / 1e9, within(2.0));
    assertThat(value(metrics, "container_spec_memory_limit_bytes")).isEqualTo(64.0 * MIB);
    assertThat(value(metrics, "container_spec_memory_swap_limit_bytes")).isEqualTo(96.0 * MIB);
    assertThat(value(metrics, "container_spec_cpu_quota")).isEqualTo(20_000);
    assertThat(value(metrics, "container_spec_cpu_period")).isEqualTo(50_000);
    assertThat(value(metrics, "container_spec_cpu_shares")).isEqualTo(512);
    assertThat(families(metrics)).containsAll(before.keySet());
    assertThat(undescribed(metrics)).isEmpty();
    node.remove(pod);
  }

  /** By the names of the metrics, what the files of its groups and processes say. */
  private static Map<String, Double> kernel(Pod pod, String app) throws Exception {
    var pid = pid(pod, app);
    var stat = pairs(pod, app, "memory/memory.stat");
    var throttled = pairs(pod, app, "cpu/cpu.stat");
    var all = new TreeMap<String, Double>();
    all.put("container_cpu_usage_seconds_total", number(pod, app, "cpuacct/cpuacct.usage") / 1e9);
    all.put("container_cpu_cfs_periods_total", throttled.get("nr_periods"));
    all.put("container_cpu_cfs_throttled_periods_total", throttled.get("nr_throttled"));
    all.put("container_cpu_cfs_throttled_seconds_total", throttled.get("throttled_time") / 1e9);
    all.put("container_memory_usage_bytes", number(pod, app, "memory/memory.usage_in_bytes"));
    all.put(
        "container_memory_max_usage_bytes", number(pod, app, "memory/memory.max_usage_in_bytes"));
    all.put("container_memory_failcnt", number(pod, app, "memory/memory.failcnt"));
    all.put(
        "container_memory_working_set_bytes",
        number(pod, app, "memory/memory.usage_in_bytes") - stat.get("total_inactive_file"));
    all.put("container_memory_rss", stat.get("total_rss"));
    all.put("container_memory_cache", stat.get("total_cache"));
    all.put("container_memory_mapped_file", stat.get("total_mapped_file"));
    all.put("container_memory_swap", stat.getOrDefault("total_swap", 0.0));
    all.put("container_memory_kernel_usage", number(pod, app, "memory/memory.kmem.usage_in_bytes"));
    all.put("container_threads", number(pod, app, "pids/pids.current"));
    all.put("container_processes", 1.0);
    all.put("container_file_descriptors", (double) count(Path.of("/proc/" + pid + "/fd")));
    all.put("container_sockets", 0.0);
    return all;
  }

  private static int pid(Pod pod, String app) throws IOException {
    return Integer.parseInt(read(pod, app, "pids/cgroup.procs").lines().findFirst().orElseThrow());
  }

  private static double number(Pod pod, String app, String file) throws IOException {
    return Double.parseDouble(read(pod, app, file).strip());
  }

  private static Map<String, Double> pairs(Pod pod, String app, String file) throws IOException {
    return read(pod, app, file)
        .lines()
        .map(line -> line.split(" ", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> Double.parseDouble(pair[1])));
  }

  private static String read(Pod pod, String app, String file) throws IOException {
    var slash = file.indexOf('/');
    return Files.readString(
        GROUPS
            .resolve(file.substring(0, slash))
            .resolve("gantry-" + pod.id())
            .resolve(app)
            .resolve(file.substring(slash + 1)));
  }

  private static long count(Path folder) throws IOException {
    try (var all = Files.list(folder)) {
      return all.count();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static PodSandboxMetrics metrics(Pod pod) {
    try {
      return node
          .await(
              node.cri.call(
                  RuntimeServiceGrpcClient.ListPodSandboxMetrics,
                  ListPodSandboxMetricsRequest.getDefaultInstance()))
          .getPodMetricsList()
          .stream()
          .filter(one -> one.getPodSandboxId().equals(pod.id()))
          .findFirst()
          .orElseThrow();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Of the one container; the sum of what differs by labels is not asked for here. */
  private static double value(PodSandboxMetrics metrics, String name) {
    return all(metrics)
        .filter(metric -> metric.getName().equals(name))
        .mapToDouble(metric -> metric.getValue().getValue())
        .findFirst()
        .orElse(-1);
  }

  private static Stream<Metric> all(PodSandboxMetrics metrics) {
    return metrics.getContainerMetricsList().stream().flatMap(one -> one.getMetricsList().stream());
  }

  private static List<String> families(PodSandboxMetrics metrics) {
    return all(metrics).map(Metric::getName).distinct().toList();
  }

  private static List<String> undescribed(PodSandboxMetrics metrics) throws Exception {
    var described =
        node
            .await(
                node.cri.call(
                    RuntimeServiceGrpcClient.ListMetricDescriptors,
                    ListMetricDescriptorsRequest.getDefaultInstance()))
            .getDescriptorsList()
            .stream()
            .collect(Collectors.toMap(one -> one.getName(), one -> one.getLabelKeysCount()));
    assertThat(described).hasSize(56);
    var wrong = new ArrayList<String>();
    Stream.concat(metrics.getMetricsList().stream(), all(metrics))
        .filter(
            one -> !Integer.valueOf(one.getLabelValuesCount()).equals(described.get(one.getName())))
        .forEach(one -> wrong.add(one.getName()));
    return wrong;
  }
}
