package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.call.Call;
import io.gantry.client.CriClient;
import io.gantry.client.CriFault;
import io.gantry.cri.proto.ContainerStatsFilter;
import io.gantry.cri.proto.ContainerStatsRequest;
import io.gantry.cri.proto.ContainerStatusRequest;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.ListContainerStatsRequest;
import io.gantry.cri.proto.ListMetricDescriptorsRequest;
import io.gantry.cri.proto.ListPodSandboxMetricsRequest;
import io.gantry.cri.proto.ListPodSandboxStatsRequest;
import io.gantry.cri.proto.Metric;
import io.gantry.cri.proto.MetricDescriptor;
import io.gantry.cri.proto.PodSandboxFilter;
import io.gantry.cri.proto.PodSandboxStatsRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.StreamContainerStatsRequest;
import io.gantry.cri.proto.StreamContainersRequest;
import io.gantry.cri.proto.StreamPodSandboxMetricsRequest;
import io.gantry.cri.proto.StreamPodSandboxStatsRequest;
import io.gantry.cri.proto.StreamPodSandboxesRequest;
import io.gantry.cri.proto.UpdateContainerResourcesRequest;
import io.gantry.cri.proto.UpdatePodSandboxResourcesRequest;
import io.gantry.host.OutputBudget;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.stats.StatsNode;
import io.gantry.stats.Usages;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.streams.ReadStream;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The numbers and the lists in several messages, on a real socket over fakes. */
class StatsRpcsIT {
  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private StatsNode node;
  private CriClient client;
  private SandboxId pod;
  private ContainerId container;

  @BeforeEach
  void serve() throws Exception {
    node = new StatsNode(folder);
    pod = node.pod("web");
    container = node.container("app", pod);
    node.runtime.uses(container, Usages.everything(node.instant(), 5_000_000_000L));
    node.runtime.uses(pod, Usages.pod(node.instant(), 7_000_000_000L));
    var grpc = GrpcServer.server(vertx);
    var rpcs = new Rpcs(vertx, grpc, Call.Tools.plain());
    var visible = new Visible(node.sandboxes, node.containers);
    new SandboxRpcs(visible, new ContainerAnswers(node.containers), node).register(rpcs);
    new ContainerRpcs(visible, OutputBudget.of(0)).register(rpcs);
    new StatsRpcs(visible, node.stats).register(rpcs);
    new MetricsRpcs(visible, node.stats).register(rpcs);
    var socket = folder.resolve("cri.sock");
    await(
        vertx
            .createHttpServer()
            .requestHandler(grpc)
            .listen(SocketAddress.domainSocketAddress(socket.toString())));
    client = CriClient.on(vertx, socket, Duration.ofSeconds(10));
  }

  @AfterEach
  void close() throws Exception {
    node.close();
    await(vertx.close());
  }

  @Test
  void aContainerIsToldInFull() {
    // When
    var stats =
        await(
                client.call(
                    RuntimeServiceGrpcClient.ContainerStats,
                    ContainerStatsRequest.newBuilder().setContainerId(container.value()).build()))
            .getStats();

    // Then
    assertThat(stats.getAttributes().getId()).isEqualTo(container.value());
    assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("app");
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(5_000_000_000L);
    assertThat(stats.getCpu().hasUsageNanoCores()).isFalse();
    assertThat(stats.getCpu().getPsi().getSome().getTotal()).isEqualTo(3_000_000_000L);
    assertThat(stats.getMemory().getAvailableBytes().getValue()).isEqualTo(3100);
    assertThat(stats.getSwap().getSwapAvailableBytes().getValue()).isEqualTo(30);
    assertThat(stats.getIo().getPsi().getFull().getTotal()).isEqualTo(1_000_000_000L);
    assertThat(stats.getWritableLayer().getFsId().getMountpoint()).isEqualTo(folder.toString());
    assertThat(stats.getWritableLayer().getTimestamp()).isPositive();
  }

  @Test
  void aPodIsToldWithItsNetworkAndItsContainers() {
    // When
    var linux =
        await(
                client.call(
                    RuntimeServiceGrpcClient.PodSandboxStats,
                    PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.value()).build()))
            .getStats()
            .getLinux();

    // Then
    assertThat(linux.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(7_000_000_000L);
    assertThat(linux.getProcess().getProcessCount().getValue()).isEqualTo(9);
    assertThat(linux.getNetwork().getDefaultInterface().getName()).isEqualTo("eth0");
    assertThat(linux.getNetwork().getInterfacesList())
        .extracting(it -> it.getName())
        .containsExactly("net1");
    assertThat(linux.getContainersList())
        .extracting(it -> it.getAttributes().getId())
        .containsExactly(container.value());
  }

  @Test
  void listsTakeTheFiltersOfTheCri() {
    // Given
    node.container("other", node.pod("other"));

    // Then
    assertThat(listed(ContainerStatsFilter.getDefaultInstance())).hasSize(2);
    assertThat(listed(ContainerStatsFilter.newBuilder().setPodSandboxId(pod.value()).build()))
        .containsExactly(container.value());
    assertThat(
            listed(
                ContainerStatsFilter.newBuilder()
                    .putLabelSelector("io.kubernetes.container.name", "app")
                    .build()))
        .containsExactly(container.value());
    assertThat(listed(ContainerStatsFilter.newBuilder().setId("0000").build())).isEmpty();
    var pods =
        await(
            client.call(
                RuntimeServiceGrpcClient.ListPodSandboxStats,
                ListPodSandboxStatsRequest.getDefaultInstance()));
    assertThat(pods.getStatsList()).hasSize(2);
  }

  private List<String> listed(ContainerStatsFilter filter) {
    return await(
            client.call(
                RuntimeServiceGrpcClient.ListContainerStats,
                ListContainerStatsRequest.newBuilder().setFilter(filter).build()))
        .getStatsList()
        .stream()
        .map(it -> it.getAttributes().getId())
        .toList();
  }

  @Test
  void whatIsNotHereIsNotFound() {
    assertThat(
            status(
                client.call(
                    RuntimeServiceGrpcClient.ContainerStats,
                    ContainerStatsRequest.newBuilder().setContainerId("no").build())))
        .isEqualTo(GrpcStatus.NOT_FOUND);
    assertThat(
            status(
                client.call(
                    RuntimeServiceGrpcClient.UpdatePodSandboxResources,
                    UpdatePodSandboxResourcesRequest.newBuilder().setPodSandboxId("no").build())))
        .isEqualTo(GrpcStatus.NOT_FOUND);
  }

  private static GrpcStatus status(Future<?> call) {
    try {
      await(call);
    } catch (CompletionException failed) {
      return ((CriFault) failed.getCause()).status();
    }
    return GrpcStatus.OK;
  }

  @Test
  void everySampleHasTheLabelsOfItsDescriptor() {
    // Given
    var keys =
        await(
                client.call(
                    RuntimeServiceGrpcClient.ListMetricDescriptors,
                    ListMetricDescriptorsRequest.getDefaultInstance()))
            .getDescriptorsList()
            .stream()
            .collect(
                Collectors.toMap(MetricDescriptor::getName, MetricDescriptor::getLabelKeysCount));

    // When
    var pods =
        await(
                client.call(
                    RuntimeServiceGrpcClient.ListPodSandboxMetrics,
                    ListPodSandboxMetricsRequest.getDefaultInstance()))
            .getPodMetricsList();

    // Then
    assertThat(keys).hasSize(56);
    assertThat(pods).hasSize(1);
    var metrics = new ArrayList<>(pods.getFirst().getMetricsList());
    metrics.addAll(pods.getFirst().getContainerMetrics(0).getMetricsList());
    assertThat(metrics)
        .hasSizeGreaterThan(55)
        .allMatch(metric -> metric.getLabelValuesCount() == keys.get(metric.getName()));
    assertThat(metrics)
        .extracting(Metric::getName)
        .contains("container_network_receive_bytes_total", "container_memory_rss");
  }

  @Test
  void streamsTellWhatListsTell() {
    var runtime = client.runtime();
    assertThat(
            all(runtime.streamPodSandboxes(StreamPodSandboxesRequest.getDefaultInstance()))
                .getFirst()
                .getPodSandboxesCount())
        .isEqualTo(1);
    assertThat(
            all(runtime.streamContainers(StreamContainersRequest.getDefaultInstance()))
                .getFirst()
                .getContainersCount())
        .isEqualTo(1);
    assertThat(
            all(runtime.streamContainerStats(StreamContainerStatsRequest.getDefaultInstance()))
                .getFirst()
                .getContainerStatsCount())
        .isEqualTo(1);
    assertThat(
            all(runtime.streamPodSandboxStats(StreamPodSandboxStatsRequest.getDefaultInstance()))
                .getFirst()
                .getPodSandboxStatsCount())
        .isEqualTo(1);
    assertThat(
            all(runtime.streamPodSandboxMetrics(
                    StreamPodSandboxMetricsRequest.getDefaultInstance()))
                .getFirst()
                .getPodSandboxMetricsCount())
        .isEqualTo(1);
  }

  @Test
  void aLongListComesInSeveralMessagesAndAnEmptyOneInNone() {
    // Given
    for (var i = 0; i < Chunks.ITEMS_MAX; i++) {
      node.pod("pod-" + i);
    }

    // When
    var messages =
        all(client.runtime().streamPodSandboxes(StreamPodSandboxesRequest.getDefaultInstance()));
    var none =
        all(
            client
                .runtime()
                .streamPodSandboxes(
                    StreamPodSandboxesRequest.newBuilder()
                        .setFilter(PodSandboxFilter.newBuilder().putLabelSelector("no", "such"))
                        .build()));

    // Then
    assertThat(messages)
        .extracting(it -> it.getPodSandboxesCount())
        .containsExactly(Chunks.ITEMS_MAX, 1);
    assertThat(none).isEmpty();
  }

  @Test
  void changedLimitsAreInTheStatus() {
    // When
    await(
        client.call(
            RuntimeServiceGrpcClient.UpdateContainerResources,
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(container.value())
                .setLinux(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(1 << 20))
                .build()));

    // Then
    var limits =
        await(
                client.call(
                    RuntimeServiceGrpcClient.ContainerStatus,
                    ContainerStatusRequest.newBuilder().setContainerId(container.value()).build()))
            .getStatus()
            .getResources()
            .getLinux();
    assertThat(limits.getMemoryLimitInBytes()).isEqualTo(1 << 20);
    assertThat(node.runtime.limits(container)).isPresent();
  }

  /** All messages of a stream. */
  private static <T> List<T> all(Future<ReadStream<T>> stream) {
    return await(
        stream.compose(
            messages -> {
              var all = new ArrayList<T>();
              Promise<List<T>> ended = Promise.promise();
              messages.exceptionHandler(ended::tryFail);
              messages.endHandler(_ -> ended.tryComplete(all));
              messages.handler(all::add);
              return ended.future();
            }));
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }
}
