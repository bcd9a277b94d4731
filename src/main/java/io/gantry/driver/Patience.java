package io.gantry.driver;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/** Waiting that ends: at a limit of our own, or when the caller has gone. */
public final class Patience {
  private Patience() {}

  /**
   * The result of {@code work}, if it comes within {@code limit} and before {@code call} is over.
   * The work itself goes on.
   */
  public static <T> Future<T> until(
      Vertx vertx, Call call, Duration limit, String what, Future<T> work) {
    if (work.isComplete()) {
      return work;
    }
    Promise<T> result = Promise.promise();
    var left = call.remaining().filter(rest -> rest.compareTo(limit) < 0).orElse(limit);
    var timer =
        vertx.setTimer(
            Math.max(1, left.toMillis()),
            _ ->
                result.tryFail(
                    call.over()
                        .orElseGet(
                            () ->
                                new RuntimeFault(
                                    Kind.DEADLINE_EXCEEDED,
                                    what
                                        + ": no end (expected: within "
                                        + limit.toSeconds()
                                        + " s)"))));
    var context = vertx.getOrCreateContext();
    var answered = call.waitsFor(what, () -> "");
    var unwatch =
        call.onCancel(
            () -> context.runOnContext(_ -> call.over().ifPresent(fault -> result.tryFail(fault))));
    work.onComplete(
        done -> {
          if (done.succeeded()) {
            result.tryComplete(done.result());
          } else {
            result.tryFail(done.cause());
          }
        });
    return result
        .future()
        .andThen(
            _ -> {
              vertx.cancelTimer(timer);
              unwatch.run();
              answered.run();
            });
  }
}
