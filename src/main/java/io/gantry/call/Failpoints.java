package io.gantry.call;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Faults on purpose, for tests: at a step of a flow, fail, wait, or stop the process as SIGKILL
 * would. Off unless the daemon was started with some.
 *
 * <p>The text form is a list of {@code <step id>:<before|after>=<fail|stop|delay(ms)>}, separated
 * by commas, for example {@code RunPodSandbox/network:after=stop}.
 */
public final class Failpoints {
  /** Which side of a step. */
  enum Moment {
    BEFORE,
    AFTER
  }

  private sealed interface Action {
    record Fail() implements Action {}

    record Stop() implements Action {}

    record Delay(long millis) implements Action {}
  }

  private final Map<String, Action> actions;

  private Failpoints(Map<String, Action> actions) {
    this.actions = Map.copyOf(actions);
  }

  /** None: what production runs with. */
  public static Failpoints off() {
    return new Failpoints(Map.of());
  }

  public static Failpoints parse(String text) {
    var actions = new HashMap<String, Action>();
    for (var entry : text.split(",", -1)) {
      if (!entry.isBlank()) {
        var sides = entry.strip().split("=", 2);
        if (sides.length != 2 || !sides[0].matches("[A-Za-z]+/[a-z-]+:(before|after)")) {
          throw RuntimeFault.invalid(
              "failpoint: '"
                  + entry
                  + "' (expected: <flow>/<step>:<before|after>=<fail|stop|delay(ms)>)");
        }
        actions.put(sides[0], action(sides[1]));
      }
    }
    return new Failpoints(actions);
  }

  private static Action action(String text) {
    return switch (text) {
      case "fail" -> new Action.Fail();
      case "stop" -> new Action.Stop();
      default -> {
        if (!text.matches("delay\\([0-9]{1,7}\\)")) {
          throw RuntimeFault.invalid(
              "failpoint action: '" + text + "' (expected: fail, stop or delay(ms))");
        }
        yield new Action.Delay(Long.parseLong(text.substring(6, text.length() - 1)));
      }
    };
  }

  /** Passes at once unless something was put here. */
  Future<Void> pass(StepName step, Moment moment) {
    if (actions.isEmpty()) {
      return Future.succeededFuture();
    }
    var place = step.id() + (moment == Moment.BEFORE ? ":before" : ":after");
    return switch (actions.get(place)) {
      case null -> Future.succeededFuture();
      case Action.Fail _ ->
          Future.failedFuture(RuntimeFault.unavailable("failpoint: " + place, null));
      case Action.Stop _ -> {
        System.err.println("failpoint: " + place + ": stopping"); // no logger: it may buffer
        Runtime.getRuntime().halt(137); // no hook runs and nothing is flushed, as after SIGKILL
        yield Future.succeededFuture();
      }
      case Action.Delay(var millis) -> delayed(millis);
    };
  }

  private static Future<Void> delayed(long millis) {
    var context = Vertx.currentContext();
    if (context == null) {
      throw new IllegalStateException("a failpoint delays only on a Vert.x context");
    }
    return context.owner().timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
  }
}
