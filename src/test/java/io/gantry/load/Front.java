package io.gantry.load;

import io.gantry.cri.proto.ListContainersRequest;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.load.Pods.Pod;
import io.gantry.load.Pods.Up;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Lists of the REST API on a full node, and what they cost the CRI meanwhile. Of Gantry alone: the
 * other has no such thing.
 */
final class Front implements Scenario {
  static final String PREFIX = "REST: ";
  private static final int PODS = 100;
  private static final int AT_ONCE = 5;
  private static final int ASKERS = 4;

  /** Fewer rounds than this are only to see that it works. */
  static final int IN_EARNEST = 10;

  private final List<Pod> prepared = new ArrayList<>();
  private final List<Up> up = new ArrayList<>();

  @Override
  public void run(Bench bench) {
    var peer = bench.peers().getFirst();
    var maker = new Pods(peer, bench.image(), NamespaceMode.CONTAINER, bench.work());
    var api = Api.of(bench.vertx(), peer, 2 * ASKERS);
    var pods = bench.rounds() < IN_EARNEST ? 2 * bench.rounds() : PODS;
    try {
      grow(maker, pods);
      for (var one : up) {
        Timed.await(maker.create(one.pod(), "second"));
      }
      lists(bench, peer, api, pods);
      cri(bench, peer, " (alone)");
      underLoad(api, () -> cri(bench, peer, " (under load)"));
    } finally {
      api.close();
      empty(peer, maker);
    }
  }

  private void lists(Bench bench, Peer peer, Api api, int pods) {
    var tag = Timed.await(api.get("/containers")).tag();
    for (var round = 0; round < 4 * bench.rounds(); round++) {
      timed(bench, peer, "GET /node", () -> api.get("/node"));
      timed(bench, peer, "GET /sandboxes, " + pods, () -> api.get("/sandboxes"));
      timed(bench, peer, "GET /containers, " + 2 * pods, () -> api.get("/containers"));
      timed(bench, peer, "GET /containers, a page of 20", () -> api.get("/containers?limit=20"));
      timed(
          bench,
          peer,
          "GET /containers, 304",
          () ->
              api.ask(HttpMethod.GET, "/containers", Map.of("If-None-Match", tag), Buffer.buffer())
                  .map(it -> it.expecting(304)));
    }
  }

  private static void cri(Bench bench, Peer peer, String when) {
    for (var round = 0; round < 4 * bench.rounds(); round++) {
      timed(bench, peer, "CRI Version" + when, peer.cri()::version);
      timed(
          bench,
          peer,
          "CRI ListContainers" + when,
          () ->
              peer.cri()
                  .call(
                      RuntimeServiceGrpcClient.ListContainers,
                      ListContainersRequest.getDefaultInstance()));
    }
  }

  /** Some who list all containers without a pause. */
  private static void underLoad(Api api, Runnable work) {
    var over = new AtomicBoolean();
    var asking = new ArrayList<Future<?>>();
    for (var i = 0; i < ASKERS; i++) {
      asking.add(again(api, over));
    }
    try {
      work.run();
    } finally {
      over.set(true);
      Timed.await(Future.join(asking));
    }
  }

  private static Future<?> again(Api api, AtomicBoolean over) {
    return over.get()
        ? Future.succeededFuture()
        : api.get("/containers").compose(_ -> again(api, over));
  }

  private static <T> void timed(Bench bench, Peer peer, String what, Supplier<Future<T>> call) {
    bench.samples().add(PREFIX + what, peer, Timed.of(call).millis());
  }

  private void grow(Pods maker, int to) {
    while (up.size() < to) {
      var next = new ArrayList<Pod>();
      for (var i = 0; i < Math.min(AT_ONCE, to - up.size()); i++) {
        next.add(maker.prepare());
      }
      prepared.addAll(next);
      up.addAll(Timed.await(Bursts.each(next, maker::up)));
    }
  }

  private void empty(Peer peer, Pods maker) {
    for (var one : up) {
      Timed.await(
          peer.cri().stopPod(one.pod().id()).compose(_ -> peer.cri().removePod(one.pod().id())));
    }
    prepared.forEach(maker::forget);
    up.clear();
    prepared.clear();
  }
}
