package io.gantry.call;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.metrics.Metrics;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * One call on its way through the daemon: who asked for what, until when, and whether they still
 * want it. Every capability method takes one first. Safe from any thread.
 *
 * <p>A cancelled call is told to those who asked by {@link #onCancel}; a {@link Flow} stops before
 * its next step and undoes what it did.
 */
public final class Call {
  /** What all calls of one daemon share. */
  public record Tools(Metrics metrics, Failpoints failpoints, Journal journal) {
    /** With a journal that nobody reads. */
    public Tools(Metrics metrics, Failpoints failpoints) {
      this(metrics, failpoints, Journal.unread());
    }

    /** For tests: nothing measured, nothing injected. */
    public static Tools plain() {
      return new Tools(Metrics.unread(), Failpoints.off());
    }
  }

  /** A phase that has ended: its name, how long it took and how it ended. */
  public record Phase(String name, Duration took, String outcome) {}

  private final Tools tools;
  private final String operation;
  private final Actor actor;
  private final Trace trace;
  private final long startedNanos = System.nanoTime();
  private final Optional<Long> deadlineNanos;
  private final AtomicReference<Optional<RuntimeFault>> cancelled =
      new AtomicReference<>(Optional.empty());
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
  private volatile Trail trail;

  private Call(
      Tools tools,
      String operation,
      Actor actor,
      Trace trace,
      Optional<Duration> timeout,
      Trail trail) {
    this.trail = trail;
    this.tools = tools;
    this.operation = operation;
    this.actor = actor;
    this.trace = trace;
    this.deadlineNanos = timeout.map(left -> startedNanos + left.toNanos());
  }

  /** A call that came through a door. An empty {@code timeout} is no deadline. */
  public static Call of(
      Tools tools, String operation, Actor actor, Trace trace, Optional<Duration> timeout) {
    return new Call(tools, operation, actor, trace, timeout, new Trail());
  }

  /** Work that the daemon does of its own accord. */
  public static Call internal(Tools tools, String operation) {
    return new Call(tools, operation, Actor.DAEMON, Trace.fresh(), Optional.empty(), new Trail());
  }

  /**
   * The same trace and actor without the deadline: for undoing, and for work that callers join.
   * What it does is done for this call too: they have their phases in common.
   */
  public Call detached() {
    return new Call(tools, operation, actor, trace, Optional.empty(), trail);
  }

  /** A part of this call's work that must not take longer than {@code limit}. */
  public Call within(Duration limit) {
    return new Call(tools, operation, actor, trace, Optional.of(limit), trail);
  }

  /** Waits for the work of another call from now on, and so has its phases. */
  void follow(Call other) {
    other.trail.about(trail.subjects());
    trail = other.trail;
  }

  /** Says what this call is about, so that {@link Journal} finds it by that. */
  public Call about(Subject subject) {
    trail.about(Set.of(subject));
    return this;
  }

  /** From now on, until {@code over}, the {@link Journal} lists this call as under way. */
  public void listed(Future<?> over) {
    tools.journal().begun(this);
    over.onComplete(done -> tools.journal().ended(this, done.cause()));
  }

  /**
   * Says that work is now in the hands of somebody else, such as a plugin.
   *
   * @param who in words, with a pid where there is one
   * @param lastWords what was heard from there so far; asked only by those who look
   * @return to be run when that has ended
   */
  public Runnable waitsFor(String who, Supplier<String> lastWords) {
    return trail.waitsFor(who, lastWords);
  }

  /** Says how far a transfer has come; {@code total} is 0 if that is not known. */
  public void progress(String part, long done, long total) {
    trail.progress(part, done, total);
  }

  Trail trail() {
    return trail;
  }

  public String operation() {
    return operation;
  }

  public Actor actor() {
    return actor;
  }

  public Trace trace() {
    return trace;
  }

  /** What is left until the deadline, never negative; empty if there is none. */
  public Optional<Duration> remaining() {
    return deadlineNanos.map(at -> Duration.ofNanos(Math.max(0, at - System.nanoTime())));
  }

  /** How long this call has been going on. */
  public Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  /** Tells all watchers, once, that nobody waits for the result any more. */
  public void cancel(String reason) {
    var fault = new RuntimeFault(Kind.DEADLINE_EXCEEDED, operation + ": " + reason);
    if (cancelled.compareAndSet(Optional.empty(), Optional.of(fault))) {
      watchers.forEach(Runnable::run);
      watchers.clear();
    }
  }

  /** Why this call should stop, if it should: it was cancelled, or its deadline has passed. */
  public Optional<RuntimeFault> over() {
    return cancelled
        .get()
        .or(
            () ->
                deadlineNanos
                    .filter(at -> at <= System.nanoTime())
                    .map(
                        _ ->
                            new RuntimeFault(
                                Kind.DEADLINE_EXCEEDED, operation + ": deadline exceeded")));
  }

  /** Fails if the call is {@link #over}. */
  public Future<Void> alive() {
    return over().<Future<Void>>map(Future::failedFuture).orElseGet(Future::succeededFuture);
  }

  /**
   * Runs {@code watcher} when this call is cancelled, at once if it was already, on the thread that
   * cancels; it must not block. The handle takes the watcher away again.
   */
  public Runnable onCancel(Runnable watcher) {
    watchers.add(watcher);
    if (cancelled.get().isPresent() && watchers.remove(watcher)) {
      watcher.run();
    }
    return () -> watchers.remove(watcher);
  }

  /** Times {@code work} as a phase of this call. */
  public <T> Future<T> phase(String name, Supplier<Future<T>> work) {
    var step = begin(name);
    return Futures.attempt(work).andThen(done -> end(step, done.succeeded() ? "ok" : "failed"));
  }

  /** The phases that have ended, in the order in which they ended. */
  public List<Phase> phases() {
    return trail.phases();
  }

  /** For how long of this call no phase was under way: what its phases do not explain. */
  public Duration between() {
    var rest = elapsed().minus(trail.busy());
    return rest.isNegative() ? Duration.ZERO : rest;
  }

  Trail.Step begin(String name) {
    return trail.begin(name);
  }

  void end(Trail.Step step, String outcome) {
    var took = trail.end(step, outcome);
    tools.metrics().phase(operation, step.name(), outcome, took);
  }

  Failpoints failpoints() {
    return tools.failpoints();
  }
}
