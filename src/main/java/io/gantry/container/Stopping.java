package io.gantry.container;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Waits for an end, and forces it. Each call waits for itself, so the shortest grace of all that
 * are under way ends the container for all of them.
 */
final class Stopping {
  /** What a killed process may need to be gone; one in an uninterruptible sleep needs longer. */
  private static final Duration AFTER_KILL = Duration.ofSeconds(10);

  private final Vertx vertx;

  Stopping(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Complete once {@code ended} is; after {@code grace}, {@code kill} is called. */
  Future<Void> within(ContainerId id, Duration grace, Future<Void> ended, Runnable kill) {
    Promise<Void> done = Promise.promise();
    var context = vertx.getOrCreateContext();
    var giveUp = grace.plus(AFTER_KILL);
    var killTimer = grace.isZero() ? -1 : vertx.setTimer(grace.toMillis(), _ -> kill.run());
    var lastTimer =
        vertx.setTimer(
            giveUp.toMillis(),
            _ ->
                done.tryFail(
                    RuntimeFault.unavailable(
                        "container: "
                            + id
                            + " still runs (expected: gone within "
                            + AFTER_KILL.toSeconds()
                            + " s after SIGKILL)",
                        null)));
    ended.onComplete(_ -> context.runOnContext(_ -> done.tryComplete()));
    return done.future()
        .onComplete(
            _ -> {
              vertx.cancelTimer(killTimer);
              vertx.cancelTimer(lastTimer);
            });
  }
}
