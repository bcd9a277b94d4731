package io.gantry.load;

import io.gantry.cri.proto.ContainerStatusRequest;
import io.gantry.cri.proto.ListContainersRequest;
import io.gantry.cri.proto.ListPodSandboxStatsRequest;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.load.Pods.Pod;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One pod with one container, from nothing to nothing, call by call. */
final class Lifecycle implements Scenario {
  static final String UP = "pod + container up";
  static final String DOWN = "stop + remove all";
  static final String CPU = "CPU per pod, up, exec and down (ms)";
  private static final List<String> TRUE = List.of("true");
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

  private final NamespaceMode pid;
  private final String suffix;
  private final int warmUps;

  /** The kubelet's default for {@code pid} is {@code CONTAINER}; the other is told in the names. */
  Lifecycle(NamespaceMode pid, int warmUps) {
    this.pid = pid;
    this.suffix = pid == NamespaceMode.CONTAINER ? "" : " (PID=" + pid + ")";
    this.warmUps = warmUps;
  }

  @Override
  public void run(Bench bench) {
    for (var i = 0; i < warmUps; i++) {
      bench.alternate(i, peer -> new Turn(bench, peer, Purpose.WARM_UP).take());
    }
    var before = new HashMap<String, Double>();
    bench.peers().forEach(peer -> before.put(peer.name(), peer.cpuSeconds()));
    for (var i = 0; i < bench.rounds(); i++) {
      bench.alternate(i, peer -> new Turn(bench, peer, Purpose.TIMES).take());
    }
    for (var peer : bench.peers()) {
      var millis = (peer.cpuSeconds() - before.get(peer.name())) * 1e3 / bench.rounds();
      bench.samples().add(CPU + suffix, peer, millis);
    }
    var accounts = suffix.isEmpty() ? bench.rounds() / 2 : 0;
    for (var i = 0; i < accounts; i++) { // apart: to ask for the phases would disturb the times
      new Turn(bench, bench.peers().getFirst(), Purpose.PHASES).take();
    }
  }

  /** What the calls of a turn are made for. */
  private enum Purpose {
    WARM_UP,
    TIMES,
    PHASES
  }

  /** One pod of one peer. */
  private final class Turn {
    private final Bench bench;
    private final Peer peer;
    private final Purpose purpose;
    private final Map<String, Double> took = new HashMap<>();

    Turn(Bench bench, Peer peer, Purpose purpose) {
      this.bench = bench;
      this.peer = peer;
      this.purpose = purpose;
    }

    void take() {
      var pods = new Pods(peer, bench.image(), pid, bench.work());
      var prepared = pods.prepare();
      try {
        live(pods, prepared);
      } finally {
        pods.forget(prepared);
      }
      sum(UP, "RunPodSandbox", "CreateContainer", "StartContainer");
      sum(DOWN, "StopContainer", "StopPodSandbox", "RemoveContainer", "RemovePodSandbox");
    }

    private void live(Pods pods, Pod prepared) {
      var cri = peer.cri();
      var pod = timed("RunPodSandbox", () -> pods.run(prepared));
      var container = timed("CreateContainer", () -> pods.create(pod, "main"));
      timed("StartContainer", () -> cri.start(container));
      timed("ExecSync", () -> cri.exec(container, TEN_SECONDS, TRUE));
      timed("Version", cri::version);
      timed("ContainerStatus", () -> status(container));
      timed(
          "ListContainers",
          () ->
              cri.call(
                  RuntimeServiceGrpcClient.ListContainers,
                  ListContainersRequest.getDefaultInstance()));
      timed(
          "ListPodSandboxStats",
          () ->
              cri.call(
                  RuntimeServiceGrpcClient.ListPodSandboxStats,
                  ListPodSandboxStatsRequest.getDefaultInstance()));
      timed("StopContainer", () -> cri.stop(container, Duration.ZERO));
      timed("StopPodSandbox", () -> cri.stopPod(pod.id()));
      timed("RemoveContainer", () -> cri.remove(container));
      timed("RemovePodSandbox", () -> cri.removePod(pod.id()));
    }

    private Future<?> status(String container) {
      return peer.cri()
          .call(
              RuntimeServiceGrpcClient.ContainerStatus,
              ContainerStatusRequest.newBuilder().setContainerId(container).build());
    }

    private <T> T timed(String rpc, Supplier<Future<T>> call) {
      var accounts = purpose == Purpose.PHASES;
      var before = accounts ? bench.phases().now(peer) : Phases.Sums.NONE;
      var timed = Timed.of(call);
      took.put(rpc, timed.millis());
      switch (purpose) {
        case WARM_UP -> {}
        case TIMES -> bench.samples().add(rpc + suffix, peer, timed.millis());
        case PHASES -> bench.phases().add(rpc, timed.millis(), before, bench.phases().now(peer));
      }
      return timed.answer();
    }

    private void sum(String what, String... rpcs) {
      if (purpose == Purpose.TIMES) {
        var sum = List.of(rpcs).stream().mapToDouble(took::get).sum();
        bench.samples().add(what + suffix, peer, sum);
      }
    }
  }
}
