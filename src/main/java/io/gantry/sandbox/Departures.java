package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.ids.SandboxId;
import io.gantry.network.Networks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pods that are gone for their caller, while their network is still to be given back: a plugin
 * hung, failed, or is not there. Their detaching is tried again, ever more slowly, until it
 * succeeds; the network namespace is kept for it till then.
 *
 * <pre>
 *   detach fails ──► waits 1 s, 2 s, 4 s … 5 min ──► detach ──succeeds──► clear what was kept
 *                          ▲                            │
 *                          └────────── fails ───────────┘  and now and then: collect garbage
 * </pre>
 *
 * <p>What a daemon leaves undone is found by the next one: a pod that the network's cache knows and
 * that no record claims.
 */
final class Departures {
  private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** A plugin that hangs for two hundred pods must not be two hundred processes. */
  private static final int AT_ONCE_MAX = 4;

  /** Of a pod's attempts; a fault that lasts is more than the moment's. */
  private static final int ATTEMPTS_BEFORE_COLLECTION = 3;

  private final Networks networks;
  private final Function<SandboxId, Future<Void>> clear;
  private final Function<Duration, Future<Void>> pause;
  private final Map<SandboxId, Integer> attempts = new ConcurrentHashMap<>();
  private final Deque<SandboxId> due = new ArrayDeque<>();
  private int underWay;

  /**
   * @param clear takes away what was kept for the detaching; idempotent
   * @param pause succeeds after this time
   */
  Departures(
      Networks networks,
      Function<SandboxId, Future<Void>> clear,
      Function<Duration, Future<Void>> pause) {
    this.networks = networks;
    this.clear = clear;
    this.pause = pause;
  }

  /** Detaches a pod; if that fails it goes on in the background, and this succeeds all the same. */
  Future<Void> detach(Call call, SandboxId id) {
    if (pending(id)) {
      return Future.succeededFuture();
    }
    return networks
        .detach(call, id)
        .recover(
            cause -> {
              LOG.atWarn()
                  .addKeyValue("sandboxId", id)
                  .addKeyValue("error", cause.getMessage())
                  .log("the pod's network could not be given back; it is tried again");
              if (attempts.putIfAbsent(id, 1) == null) {
                later(id, 1);
              }
              return Future.succeededFuture();
            });
  }

  /** Detaches in the background what an earlier daemon, or a host before its reboot, has left. */
  void resume(SandboxId id) {
    if (attempts.putIfAbsent(id, 0) == null) {
      enqueue(id);
    }
  }

  boolean pending(SandboxId id) {
    return attempts.containsKey(id);
  }

  /** The pods whose network is still to be given back. */
  Set<SandboxId> pending() {
    return Set.copyOf(attempts.keySet());
  }

  private void later(SandboxId id, int attempt) {
    pause.apply(pauseAfter(attempt)).onSuccess(_ -> enqueue(id));
  }

  static Duration pauseAfter(int attempt) {
    var doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(attempt - 1, 20));
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }

  private void enqueue(SandboxId id) {
    synchronized (due) {
      due.add(id);
    }
    startSome();
  }

  private void startSome() {
    while (true) {
      SandboxId next;
      synchronized (due) {
        if (underWay >= AT_ONCE_MAX || due.isEmpty()) {
          return;
        }
        underWay++;
        next = due.remove();
      }
      attempt(next);
    }
  }

  private void attempt(SandboxId id) {
    var call = Call.internal(Call.Tools.plain(), "Detach");
    networks
        .detach(call, id)
        .compose(_ -> clear.apply(id))
        .onComplete(
            done -> {
              synchronized (due) {
                underWay--;
              }
              if (done.succeeded()) {
                attempts.remove(id);
                LOG.atInfo().addKeyValue("sandboxId", id).log("a gone pod's network is given back");
              } else {
                failed(call, id, done.cause());
              }
              startSome();
            });
  }

  private void failed(Call call, SandboxId id, Throwable cause) {
    var attempt = attempts.merge(id, 1, Integer::sum);
    LOG.atWarn()
        .addKeyValue("sandboxId", id)
        .addKeyValue("attempt", attempt)
        .addKeyValue("error", cause.getMessage())
        .log("a gone pod's network could not be given back");
    later(id, attempt);
    if (attempt == ATTEMPTS_BEFORE_COLLECTION) {
      collectGarbage(call);
    }
  }

  /** Frees what the plugins know of pods that are gone; where none can do that, nothing happens. */
  void collectGarbage(Call call) {
    networks
        .collectGarbage(call, pending())
        .onFailure(
            cause ->
                LOG.atWarn()
                    .addKeyValue("error", cause.getMessage())
                    .log("network plugins could not collect garbage"));
  }
}
