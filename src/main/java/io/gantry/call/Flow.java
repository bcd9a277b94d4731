package io.gantry.call;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * An operation as a list of named steps, each with what undoes it.
 *
 * <pre>
 *   step a ──► step b ──► step c fails
 *   undo a ◄── undo b ◄── undo c
 * </pre>
 *
 * <p>Steps run in the order they were added; those added by one {@link #together} run side by side.
 * When one fails, or the call is cancelled, what has been <em>begun</em> is undone, the last first:
 * a step that failed half way is undone too, so an undo must bear that its step did nothing. An
 * undo that fails does not stop the others; its fault goes along with the first one. Each step is a
 * phase of the call and a failpoint on both sides.
 *
 * <p>A flow is run once, on the caller's context; its parts are called there too.
 */
public final class Flow {
  private record Step(
      StepName name, Supplier<? extends Future<?>> work, Supplier<? extends Future<?>> undo) {}

  /** Steps to be run side by side. */
  public static final class Group {
    private final List<Step> steps = new ArrayList<>();

    /** A step and what takes it back. */
    public Group step(
        StepName name, Supplier<? extends Future<?>> work, Supplier<? extends Future<?>> undo) {
      steps.add(new Step(name, work, undo));
      return this;
    }

    /** A step with nothing to take back. */
    public Group step(StepName name, Supplier<? extends Future<?>> work) {
      return step(name, work, Future::succeededFuture);
    }
  }

  private final Call call;
  private final List<Group> groups = new ArrayList<>();
  private final Deque<Step> begun = new ArrayDeque<>();

  private Flow(Call call) {
    this.call = call;
  }

  public static Flow of(Call call) {
    return new Flow(call);
  }

  /** A step and what takes it back. */
  public Flow step(
      StepName name, Supplier<? extends Future<?>> work, Supplier<? extends Future<?>> undo) {
    groups.add(new Group().step(name, work, undo));
    return this;
  }

  /** A step with nothing to take back. */
  public Flow step(StepName name, Supplier<? extends Future<?>> work) {
    return step(name, work, Future::succeededFuture);
  }

  public Flow together(Group group) {
    groups.add(group);
    return this;
  }

  /** Runs all steps; fails with the first fault, once everything begun has been undone. */
  public Future<Void> run() {
    Future<Void> done = Future.succeededFuture();
    for (var group : groups) {
      done = done.compose(_ -> call.alive()).compose(_ -> sideBySide(group));
    }
    return done.recover(cause -> undo(RuntimeFault.of(cause)));
  }

  private Future<Void> sideBySide(Group group) {
    if (group.steps.size() == 1) {
      return run(group.steps.getFirst());
    }
    return Future.join(group.steps.stream().map(this::run).toList()).mapEmpty();
  }

  private Future<Void> run(Step step) {
    var phase = call.begin(step.name.id());
    begun.push(step);
    return call.failpoints()
        .pass(step.name, Failpoints.Moment.BEFORE)
        .compose(_ -> Futures.attempt(() -> step.work.get().<Void>mapEmpty()))
        .compose(_ -> call.failpoints().pass(step.name, Failpoints.Moment.AFTER))
        .andThen(done -> call.end(phase, done.succeeded() ? "ok" : "failed"));
  }

  private Future<Void> undo(RuntimeFault fault) {
    if (begun.isEmpty()) {
      return Future.failedFuture(fault);
    }
    var step = begun.pop();
    var phase = call.begin(step.name.id());
    return Futures.attempt(() -> step.undo.get().<Void>mapEmpty())
        .andThen(_ -> call.end(phase, "undone"))
        .transform(undone -> undo(fault.alongside(undone.cause())));
  }
}
