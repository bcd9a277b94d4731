package io.gantry.shim;

import com.google.protobuf.Timestamp;
import io.gantry.call.Call;
import io.gantry.driver.OomKills;
import io.gantry.driver.Patience;
import io.gantry.host.Host;
import io.gantry.runtime.ExitStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How workloads end. The shim's answer to Wait is the truth. A shim that says nothing though the
 * process has ended, or that dies, means that nobody saw it.
 */
final class Exits {
  private static final Logger LOGGER = LoggerFactory.getLogger(Exits.class);

  /** What a shim gets to tell of an end that the kernel has told already. */
  private static final Duration TELLING = Duration.ofSeconds(10);

  private static final Duration DRAINING = Duration.ofSeconds(10);

  /** Exit codes have eight bits; what is said besides is a lie. */
  private static final int CODE_MAX = 255;

  private final Vertx vertx;
  private final Host host;
  private final Clock clock;

  Exits(Vertx vertx, Host host, Clock clock) {
    this.vertx = vertx;
    this.host = host;
    this.clock = clock;
  }

  /** Takes up a workload that has been created; it may be over already. */
  void take(Held held, ShimProcess shim) {
    shim.awaitExit(held.id(), "")
        .onSuccess(answer -> told(held, answer.getExitStatus(), answer.getExitedAt()))
        .onFailure(cause -> untold(held, shim, cause));
    held.entry()
        .first()
        .ifPresent(
            first ->
                host.processes()
                    .ended(first)
                    .onSuccess(_ -> vertx.setTimer(TELLING.toMillis(), _ -> silent(held, shim))));
  }

  /** The end that a shim has told. Complete when it is settled, with all output in the log. */
  Future<ExitStatus> told(Held held, int code, Timestamp at) {
    return drained(held)
        .compose(_ -> new OomKills(host.cgroups()).ended(code, held.cgroup()))
        .compose(
            killed -> {
              held.exit()
                  .settle(
                      new ExitStatus(
                          code & CODE_MAX,
                          instant(at),
                          code != 0 && (killed || held.outOfMemory()),
                          true));
              return held.exit().future();
            });
  }

  private Future<Void> drained(Held held) {
    return held.console()
        .map(
            console ->
                Patience.until(
                        vertx,
                        Call.internal(Call.Tools.plain(), "drain"),
                        DRAINING,
                        "log",
                        console.finish())
                    .<Void>mapEmpty()
                    .recover(cause -> warned(held, "a log is not at its end", cause)))
        .orElseGet(Future::succeededFuture);
  }

  /** A shim that has died is dealt with by whoever is told of that. */
  private void untold(Held held, ShimProcess shim, Throwable cause) {
    if (!shim.dead() && !held.exit().settled()) {
      warned(held, "a shim does not tell how a container ended", cause);
      host.cgroups().kill(held.cgroup()).onComplete(_ -> unseen(held));
    }
  }

  private void silent(Held held, ShimProcess shim) {
    if (!held.exit().settled() && !shim.dead()) {
      LOGGER
          .atWarn()
          .addKeyValue("containerId", held.id())
          .addKeyValue("said", shim.lastWords())
          .log("a shim does not tell that a container has ended");
      unseen(held);
    }
  }

  /** The end that nobody saw, which is now. */
  Future<ExitStatus> unseen(Held held) {
    return drained(held)
        .compose(
            _ -> {
              held.exit().settle(ExitStatus.unknown(clock.instant()));
              return held.exit().future();
            });
  }

  /** What is out of all bounds is a lie as well: then it is now. */
  private Instant instant(Timestamp at) {
    var now = clock.instant();
    return at.getSeconds() > 0
            && at.getSeconds() <= now.getEpochSecond() + 1
            && at.getNanos() >= 0
            && at.getNanos() < 1_000_000_000
        ? Instant.ofEpochSecond(at.getSeconds(), at.getNanos())
        : now;
  }

  private static Future<Void> warned(Held held, String what, Throwable cause) {
    LOGGER
        .atWarn()
        .addKeyValue("containerId", held.id())
        .addKeyValue("error", cause.getMessage())
        .log(what);
    return Future.succeededFuture();
  }
}
