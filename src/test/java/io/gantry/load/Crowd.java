package io.gantry.load;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ListContainersRequest;
import io.gantry.cri.proto.ListPodSandboxRequest;
import io.gantry.cri.proto.ListPodSandboxStatsRequest;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.load.Pods.Pod;
import io.gantry.load.Pods.Up;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A node full of pods: memory with none, 20 and 100 of them, lists with 200 containers, and a kill
 * of the daemon under all of them. Both runtimes are full at the same time; what takes time is
 * measured alternating.
 */
final class Crowd implements Scenario {
  private static final int SOME = 20;
  private static final int MANY = 100;
  private static final int AT_ONCE = 5;
  private static final int LIST_ROUNDS = 40;
  private static final int KILLS = 3;
  private static final Duration SETTLED = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The pods of one peer. */
  private static final class Tenants {
    final Pods maker;
    final List<Pod> prepared = new ArrayList<>();
    final List<Up> up = new ArrayList<>();

    Tenants(Bench bench, Peer peer) {
      maker = new Pods(peer, bench.image(), NamespaceMode.CONTAINER, bench.work());
    }
  }

  private final Map<String, Tenants> all = new TreeMap<>();

  @Override
  public void run(Bench bench) {
    bench.peers().forEach(peer -> all.put(peer.name(), new Tenants(bench, peer)));
    try {
      memory(bench, "memory, no pods (MiB)");
      bench.peers().forEach(peer -> grow(peer, SOME));
      memory(bench, "memory, 20 pods (MiB)");
      bench.peers().forEach(peer -> grow(peer, MANY));
      memory(bench, "memory, 100 pods (MiB)");
      for (var round = 0; round < KILLS; round++) {
        bench.alternate(round, peer -> kill(bench, peer));
      }
      bench.peers().forEach(this::doubled);
      for (var round = 0; round < LIST_ROUNDS; round++) {
        bench.alternate(round, peer -> lists(bench, peer));
      }
    } finally {
      bench.peers().forEach(this::empty);
    }
  }

  private void memory(Bench bench, String what) {
    LockSupport.parkNanos(
        SETTLED
            .toNanos()); // what is cleared up behind the last call, and what either gives back at
    // rest
    for (var peer : bench.peers()) {
      bench.samples().add(what, peer, peer.memoryMebibytes());
      bench.samples().add(what.replace("memory", "of it the daemon"), peer, peer.daemonMebibytes());
      Bench.say("%s: %s %.1f", what, peer.name(), peer.memoryMebibytes());
    }
  }

  private void grow(Peer peer, int to) {
    var tenants = all.get(peer.name());
    while (tenants.up.size() < to) {
      var next = new ArrayList<Pod>();
      for (var i = 0; i < Math.min(AT_ONCE, to - tenants.up.size()); i++) {
        next.add(tenants.maker.prepare());
      }
      tenants.prepared.addAll(next);
      tenants.up.addAll(Timed.await(Bursts.each(next, tenants.maker::up)));
    }
  }

  /** One more container a pod, which is never started. */
  private void doubled(Peer peer) {
    var tenants = all.get(peer.name());
    for (var up : tenants.up) {
      Timed.await(tenants.maker.create(up.pod(), "second"));
    }
  }

  private void lists(Bench bench, Peer peer) {
    var cri = peer.cri();
    timed(
        bench,
        "ListContainers, 200 containers",
        peer,
        () ->
            cri.call(
                RuntimeServiceGrpcClient.ListContainers,
                ListContainersRequest.getDefaultInstance()));
    timed(
        bench,
        "ListPodSandbox, 100 pods",
        peer,
        () ->
            cri.call(
                RuntimeServiceGrpcClient.ListPodSandbox,
                ListPodSandboxRequest.getDefaultInstance()));
    timed(
        bench,
        "ListPodSandboxStats, 100 pods",
        peer,
        () ->
            cri.call(
                RuntimeServiceGrpcClient.ListPodSandboxStats,
                ListPodSandboxStatsRequest.getDefaultInstance()));
  }

  private static <T> void timed(Bench bench, String what, Peer peer, Supplier<Future<T>> call) {
    bench.samples().add(what, peer, Timed.of(call).millis());
  }

  private void kill(Bench bench, Peer peer) {
    var at = peer.kill();
    peer.startAgain();
    if (!Waiting.until(PATIENCE, () -> running(peer) == MANY)) {
      throw new IllegalStateException(
          "%s: %d of %d containers run after a kill".formatted(peer.name(), running(peer), MANY));
    }
    bench
        .samples()
        .add("kill -9 with 100 pods, until all are listed", peer, (System.nanoTime() - at) / 1e6);
  }

  private static long running(Peer peer) {
    try {
      return Timed.await(
              peer.cri()
                  .call(
                      RuntimeServiceGrpcClient.ListContainers,
                      ListContainersRequest.getDefaultInstance()))
          .getContainersList()
          .stream()
          .filter(container -> container.getState() == ContainerState.CONTAINER_RUNNING)
          .count();
    } catch (IllegalStateException notYet) {
      return 0;
    }
  }

  private void empty(Peer peer) {
    var tenants = all.get(peer.name());
    var left = new ArrayList<>(tenants.up);
    while (!left.isEmpty()) {
      var next = List.copyOf(left.subList(0, Math.min(AT_ONCE, left.size())));
      left.removeAll(next);
      Timed.await(Bursts.each(next, up -> gone(peer, up)));
    }
    tenants.prepared.forEach(tenants.maker::forget);
  }

  private static Future<Void> gone(Peer peer, Up up) {
    return peer.cri().stopPod(up.pod().id()).compose(_ -> peer.cri().removePod(up.pod().id()));
  }
}
