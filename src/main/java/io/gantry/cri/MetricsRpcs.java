package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.cri.proto.ContainerMetrics;
import io.gantry.cri.proto.ListMetricDescriptorsRequest;
import io.gantry.cri.proto.ListMetricDescriptorsResponse;
import io.gantry.cri.proto.ListPodSandboxMetricsRequest;
import io.gantry.cri.proto.ListPodSandboxMetricsResponse;
import io.gantry.cri.proto.Metric;
import io.gantry.cri.proto.MetricDescriptor;
import io.gantry.cri.proto.MetricType;
import io.gantry.cri.proto.PodSandboxMetrics;
import io.gantry.cri.proto.RuntimeServiceGrpcService;
import io.gantry.cri.proto.StreamPodSandboxMetricsRequest;
import io.gantry.cri.proto.StreamPodSandboxMetricsResponse;
import io.gantry.cri.proto.UInt64Value;
import io.gantry.stats.Family;
import io.gantry.stats.PodSamples;
import io.gantry.stats.Sample;
import io.gantry.stats.Stats;
import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.List;
import java.util.Map;

/** The RPCs of the metrics that the kubelet shows under its own address. */
final class MetricsRpcs {
  private final Visible visible;
  private final Stats stats;

  MetricsRpcs(Visible visible, Stats stats) {
    this.visible = visible;
    this.stats = stats;
  }

  void register(Rpcs rpcs) {
    rpcs
        .unary(RuntimeServiceGrpcService.ListMetricDescriptors, this::listMetricDescriptors)
        .unary(RuntimeServiceGrpcService.ListPodSandboxMetrics, this::listPodSandboxMetrics)
        .stream(RuntimeServiceGrpcService.StreamPodSandboxMetrics, this::streamPodSandboxMetrics);
  }

  private Future<ListMetricDescriptorsResponse> listMetricDescriptors(
      Call call, ListMetricDescriptorsRequest request) {
    var answer = ListMetricDescriptorsResponse.newBuilder();
    for (var family : Family.values()) {
      answer.addDescriptors(
          MetricDescriptor.newBuilder()
              .setName(family.id())
              .setHelp(family.help())
              .addAllLabelKeys(family.labels()));
    }
    return Future.succeededFuture(answer.build());
  }

  private Future<ListPodSandboxMetricsResponse> listPodSandboxMetrics(
      Call call, ListPodSandboxMetricsRequest request) {
    return pods(call)
        .map(found -> ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(found).build());
  }

  private Future<Void> streamPodSandboxMetrics(
      Call call,
      StreamPodSandboxMetricsRequest request,
      GrpcServerResponse<StreamPodSandboxMetricsRequest, StreamPodSandboxMetricsResponse>
          response) {
    return pods(call)
        .compose(
            found ->
                Chunks.send(
                    response,
                    found,
                    some ->
                        StreamPodSandboxMetricsResponse.newBuilder()
                            .addAllPodSandboxMetrics(some)
                            .build()));
  }

  private Future<List<PodSandboxMetrics>> pods(Call call) {
    return stats
        .metrics(call, visible.sandboxes("", Map.of()).toList())
        .map(found -> found.stream().map(MetricsRpcs::answer).toList());
  }

  private static PodSandboxMetrics answer(PodSamples samples) {
    var pod = PodSandboxMetrics.newBuilder().setPodSandboxId(samples.pod().value());
    samples.own().forEach(sample -> pod.addMetrics(answer(sample)));
    samples
        .containers()
        .forEach(
            (id, own) -> {
              var container = ContainerMetrics.newBuilder().setContainerId(id.value());
              own.forEach(sample -> container.addMetrics(answer(sample)));
              pod.addContainerMetrics(container);
            });
    return pod.build();
  }

  /** Without a timestamp: it was read for this answer. */
  private static Metric answer(Sample sample) {
    return Metric.newBuilder()
        .setName(sample.family().id())
        .setMetricType(
            switch (sample.family().kind()) {
              case COUNTER -> MetricType.COUNTER;
              case GAUGE -> MetricType.GAUGE;
            })
        .addAllLabelValues(sample.labels())
        .setValue(UInt64Value.newBuilder().setValue(sample.value()))
        .build();
  }
}
