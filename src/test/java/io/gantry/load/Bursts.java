package io.gantry.load;

import io.gantry.cri.proto.NamespaceMode;
import io.gantry.load.Pods.Pod;
import io.gantry.load.Pods.Up;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Many at once: pods up and down, and commands in one container. */
final class Bursts implements Scenario {
  private static final int EXECS = 20;
  private static final int EXEC_ROUNDS = 5;
  private static final List<String> TRUE = List.of("true");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final int pods;
  private final int rounds;

  Bursts(int pods, int rounds) {
    this.pods = pods;
    this.rounds = rounds;
  }

  @Override
  public void run(Bench bench) {
    for (var round = 0; round < rounds; round++) {
      bench.alternate(round, peer -> burst(bench, peer));
    }
  }

  static Scenario execs() {
    return bench -> {
      for (var round = 0; round < EXEC_ROUNDS; round++) {
        bench.alternate(round, peer -> execs(bench, peer));
      }
      with(bench, bench.peers().getFirst(), up -> accounts(bench, up));
    };
  }

  /** Where the time of one command after the other goes. */
  private static void accounts(Bench bench, Up up) {
    var peer = bench.peers().getFirst();
    for (var i = 0; i < bench.rounds(); i++) {
      var before = bench.phases().now(peer);
      var exec = Timed.of(() -> peer.cri().exec(up.container(), PATIENCE, TRUE));
      bench.phases().add("ExecSync", exec.millis(), before, bench.phases().now(peer));
    }
  }

  private void burst(Bench bench, Peer peer) {
    var maker = new Pods(peer, bench.image(), NamespaceMode.CONTAINER, bench.work());
    var prepared = IntStream.range(0, pods).mapToObj(_ -> maker.prepare()).toList();
    try {
      var up = Timed.of(() -> each(prepared, maker::up));
      bench.samples().add(pods + " pods at once, up", peer, up.millis());
      var down = Timed.of(() -> each(up.answer(), maker::down));
      bench.samples().add(pods + " pods at once, down", peer, down.millis());
    } finally {
      prepared.forEach(maker::forget);
    }
  }

  private static void execs(Bench bench, Peer peer) {
    with(
        bench,
        peer,
        up -> {
          var calls = IntStream.range(0, EXECS).boxed().toList();
          var all =
              Timed.of(() -> each(calls, _ -> peer.cri().exec(up.container(), PATIENCE, TRUE)));
          bench.samples().add(EXECS + " ExecSync at once", peer, all.millis());
        });
  }

  /** Does something with a pod whose container runs. */
  static void with(Bench bench, Peer peer, java.util.function.Consumer<Up> work) {
    var maker = new Pods(peer, bench.image(), NamespaceMode.CONTAINER, bench.work());
    Pod prepared = maker.prepare();
    try {
      var up = Timed.await(maker.up(prepared));
      try {
        work.accept(up);
      } finally {
        Timed.await(maker.down(up));
      }
    } finally {
      maker.forget(prepared);
    }
  }

  static <A, B> Future<List<B>> each(List<A> some, java.util.function.Function<A, Future<B>> work) {
    var all = new ArrayList<Future<B>>();
    some.forEach(one -> all.add(work.apply(one)));
    return Future.all(all).map(_ -> all.stream().map(Future::result).toList());
  }
}
