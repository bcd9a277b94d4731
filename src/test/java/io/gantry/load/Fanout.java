package io.gantry.load;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Many who follow the facts of one daemon, at a thousand facts a second: how long one takes to its
 * readers, what the readers take of memory, and what they cost the CRI. The facts are drains, which
 * are written as all others are and touch nothing else. All readers are in this process, on the
 * same host.
 */
final class Fanout implements Scenario {
  static final String PREFIX = "Events: ";
  private static final List<Integer> READERS = List.of(1, 100, 1000);
  private static final int PER_SECOND = 1000;
  private static final int WRITERS = 64;
  private static final int WATCHED = 10;
  private static final String DRAIN = "/node/drains/load";
  private static final int ALONE = 20;
  private static final String CORES = "cores busy, ";
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
  private static final Duration SETTLED = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern AT =
      Pattern.compile("id: (\\d+)\nevent: (\\w+)\ndata: \\{\"at\":\"([^\"]+)\"");

  /** One whose facts are looked at; the others only take them. */
  private static final class Reader {
    final List<Double> millis = new ArrayList<>();
    private final StringBuilder rest = new StringBuilder();
    int gaps;
    volatile long last;

    void take(Buffer bytes) {
      var now = Instant.now();
      rest.append(bytes);
      gaps += rest.toString().contains("event: gap\n") ? 1 : 0;
      var end = 0;
      for (var found = AT.matcher(rest); found.find(); end = found.end()) {
        millis.add(Duration.between(Instant.parse(found.group(3)), now).toNanos() / 1e6);
        last = Long.parseLong(found.group(1));
      }
      rest.delete(0, end);
    }
  }

  @Override
  public void run(Bench bench) {
    var earnest = bench.rounds() >= Front.IN_EARNEST;
    var peer = bench.peers().getFirst();
    for (var readers : earnest ? READERS : List.of(1, 10)) {
      measure(bench, peer, readers, PER_SECOND * (earnest ? 10 : 1));
    }
  }

  private static void measure(Bench bench, Peer peer, int readers, int facts) {
    var of = ", %d %s".formatted(readers, readers == 1 ? "reader" : "readers");
    var following = Api.of(bench.vertx(), peer, readers);
    var writing = Api.of(bench.vertx(), peer, WRITERS);
    try {
      var memory = peer.daemonMebibytes();
      for (var i = 0; i < ALONE; i++) {
        cri(bench, peer, of + " (alone)");
      }
      var watched = new ArrayList<Reader>();
      for (var i = 0; i < readers; i++) {
        var response = Timed.await(following.follow("/events"));
        if (i % Math.max(1, readers / WATCHED) == 0) {
          watched.add(watching(response));
        } else {
          response.handler(_ -> {});
        }
        response.resume();
      }
      LockSupport.parkNanos(SETTLED.toNanos());
      bench.samples().add(PREFIX + "MiB more, at rest" + of, peer, peer.daemonMebibytes() - memory);
      var begun = System.nanoTime();
      var theirs = peer.cpuSeconds();
      var ours = ownSeconds();
      var written = write(writing, facts);
      while (!written.isComplete()) {
        cri(bench, peer, of + " (under load)");
      }
      Timed.await(written);
      var perSecond = facts / ((System.nanoTime() - begun) / 1e9);
      var newest = Timed.await(writing.get("/node")).body().toJsonObject().getLong("lastEvent");
      arrived(watched, newest);
      var wall = (System.nanoTime() - begun) / 1e9;
      bench
          .samples()
          .add(PREFIX + CORES + "the daemon" + of, peer, (peer.cpuSeconds() - theirs) / wall);
      bench.samples().add(PREFIX + CORES + "the client" + of, peer, (ownSeconds() - ours) / wall);
      told(bench, peer, of, watched);
      bench.samples().add(PREFIX + "facts a second" + of, peer, perSecond);
      bench
          .samples()
          .add(PREFIX + "MiB more, after it" + of, peer, peer.daemonMebibytes() - memory);
    } finally {
      following.close();
      writing.close();
    }
  }

  /** Processor time of this process. */
  private static double ownSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  private static Reader watching(HttpClientResponse response) {
    var reader = new Reader();
    response.handler(reader::take);
    return reader;
  }

  private static void arrived(List<Reader> watched, long newest) {
    var until = System.nanoTime() + PATIENCE.toNanos();
    while (watched.stream().anyMatch(it -> it.last < newest)) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException("a reader has not got the newest fact, " + newest);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void told(Bench bench, Peer peer, String of, List<Reader> watched) {
    watched.forEach(
        it ->
            it.millis.forEach(
                millis -> bench.samples().add(PREFIX + "fact to reader, ms" + of, peer, millis)));
    bench.samples().add(PREFIX + "gaps" + of, peer, watched.stream().mapToInt(it -> it.gaps).sum());
  }

  private static void cri(Bench bench, Peer peer, String when) {
    bench
        .samples()
        .add(PREFIX + "CRI Version, ms" + when, peer, Timed.of(peer.cri()::version).millis());
    LockSupport.parkNanos(10_000_000);
  }

  /** At the pace of a clock: what is late is caught up. */
  private static Future<?> write(Api api, int facts) {
    var begun = System.nanoTime();
    var next = new AtomicInteger();
    var writers = new ArrayList<Future<?>>();
    for (var i = 0; i < WRITERS; i++) {
      writers.add(again(api, facts, begun, next));
    }
    return Future.all(writers)
        .eventually(() -> api.ask(HttpMethod.DELETE, DRAIN, Map.of(), Buffer.buffer()));
  }

  private static Future<?> again(Api api, int facts, long begun, AtomicInteger next) {
    var number = next.getAndIncrement();
    if (number >= facts) {
      return Future.succeededFuture();
    }
    var early = begun + number * (1_000_000_000L / PER_SECOND) - System.nanoTime();
    return paused(Math.max(0, early))
        .compose(
            _ ->
                api.ask(
                    HttpMethod.PUT,
                    DRAIN,
                    JSON,
                    new JsonObject().put("reason", "fact " + number).toBuffer()))
        .map(it -> it.expecting(200))
        .compose(_ -> again(api, facts, begun, next));
  }

  private static Future<?> paused(long nanos) {
    var context = Vertx.currentContext();
    var millis = nanos / 1_000_000;
    return context == null || millis < 1
        ? Future.succeededFuture()
        : context.owner().timer(millis, TimeUnit.MILLISECONDS);
  }
}
