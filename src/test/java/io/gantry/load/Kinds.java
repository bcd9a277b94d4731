package io.gantry.load;

import io.gantry.cri.proto.NamespaceMode;
import io.gantry.load.Pods.Pod;
import io.gantry.load.Pods.Up;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A pod with one container by each handler: its start, an exec, its end, and what it takes of
 * memory. The other runtime is asked for the handler that has the same below it; a handler that it,
 * or this host, does not have is said and left out.
 */
final class Kinds implements Scenario {
  /**
   * A row of the table.
   *
   * @param what as in the table
   * @param ours the handler of the first peer
   * @param theirs that of the other
   */
  record Kind(String what, String ours, String theirs) {}

  static final List<Kind> ALL =
      List.of(
          new Kind("crun", "crun", "crun"),
          new Kind("runc", "runc", "runc"),
          new Kind("runc by containerd's shim", "runc-shim", "runc"),
          new Kind("gVisor by its shim", "gvisor", "gvisor"));

  static final String UP = "up, ";
  static final String EXEC = "exec, ";
  static final String DOWN = "down, ";
  static final String MEMORY = "MiB a pod, ";

  private static final Duration SETTLED = Duration.ofSeconds(5);
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

  @Override
  public void run(Bench bench) {
    var rounds = Math.max(2, bench.rounds() / 3);
    for (var kind : ALL) {
      var makers = new TreeMap<String, Pods>();
      for (var peer : bench.peers()) {
        able(bench, peer, kind, makers);
      }
      for (var i = 0; i < rounds; i++) {
        bench.alternate(
            i,
            peer -> {
              if (makers.containsKey(peer.name())) {
                round(bench, peer, kind, makers.get(peer.name()));
              }
            });
      }
      memory(bench, kind, makers, rounds);
    }
  }

  /** One that comes and goes before any counts. */
  private static void able(Bench bench, Peer peer, Kind kind, Map<String, Pods> makers) {
    var handler = peer == bench.peers().getFirst() ? kind.ours() : kind.theirs();
    var maker = new Pods(peer, bench.image(), NamespaceMode.CONTAINER, bench.work(), handler);
    var prepared = maker.prepare();
    try {
      var pod = Timed.await(maker.run(prepared));
      try {
        Timed.await(maker.create(pod, "main").compose(peer.cri()::start));
        makers.put(peer.name(), maker);
      } finally {
        Timed.await(gone(peer, pod));
      }
    } catch (IllegalStateException unable) {
      Bench.say("%s: not with %s: %s", kind.what(), peer.name(), unable.getMessage());
    } finally {
      maker.forget(prepared);
    }
  }

  private static void round(Bench bench, Peer peer, Kind kind, Pods maker) {
    var prepared = maker.prepare();
    try {
      var up = Timed.of(() -> maker.up(prepared));
      var exec =
          Timed.of(() -> peer.cri().exec(up.answer().container(), TEN_SECONDS, List.of("true")));
      var down = Timed.of(() -> maker.down(up.answer()));
      bench.samples().add(UP + kind.what(), peer, up.millis());
      bench.samples().add(EXEC + kind.what(), peer, exec.millis());
      bench.samples().add(DOWN + kind.what(), peer, down.millis());
    } finally {
      maker.forget(prepared);
    }
  }

  private static void memory(Bench bench, Kind kind, Map<String, Pods> makers, int count) {
    for (var peer : bench.peers()) {
      var maker = makers.get(peer.name());
      if (maker != null) {
        memory(bench, peer, kind, maker, count);
      }
    }
  }

  private static void memory(Bench bench, Peer peer, Kind kind, Pods maker, int count) {
    var prepared = new ArrayList<Pod>();
    var all = new ArrayList<Up>();
    LockSupport.parkNanos(SETTLED.toNanos());
    var before = peer.memoryMebibytes();
    try {
      for (var i = 0; i < count; i++) {
        prepared.add(maker.prepare());
        all.add(Timed.await(maker.up(prepared.getLast())));
      }
      LockSupport.parkNanos(SETTLED.toNanos());
      bench.samples().add(MEMORY + kind.what(), peer, (peer.memoryMebibytes() - before) / count);
    } finally {
      all.forEach(up -> Timed.await(gone(peer, up.pod())));
      prepared.forEach(maker::forget);
    }
  }

  private static Future<Void> gone(Peer peer, Pod pod) {
    return peer.cri().stopPod(pod.id()).compose(_ -> peer.cri().removePod(pod.id()));
  }
}
