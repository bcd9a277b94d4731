package io.gantry.call;

import io.gantry.call.Call.Phase;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * What has been done for a call, what is being done, and whom that waits for. A call and those that
 * were detached from it share one. Safe from any thread.
 */
final class Trail {
  /** More would be a flow that repeats itself: the first ones tell enough. */
  private static final int PHASES_MAX = 256;

  /** A phase under way. */
  record Step(String name, long sinceNanos) {
    Duration took() {
      return Duration.ofNanos(System.nanoTime() - sinceNanos);
    }
  }

  /** Somebody outside who has not answered yet. */
  record Waiting(String who, long sinceNanos, Supplier<String> lastWords) {}

  /** How far a transfer has come, in bytes. */
  record Transfer(long done, long total) {}

  private final Set<Subject> subjects = ConcurrentHashMap.newKeySet();
  private final List<Phase> phases = new CopyOnWriteArrayList<>();
  private final Collection<Step> underWay = new ConcurrentLinkedQueue<>();
  private final Collection<Waiting> waiting = new ConcurrentLinkedQueue<>();
  private final Map<String, Transfer> transfers = new ConcurrentHashMap<>();
  private final BusyTime busy = new BusyTime();

  void about(Set<Subject> more) {
    subjects.addAll(more);
  }

  Step begin(String name) {
    var step = new Step(name, System.nanoTime());
    underWay.add(step);
    busy.begin(step.sinceNanos());
    return step;
  }

  Duration end(Step step, String outcome) {
    underWay.remove(step);
    busy.end(System.nanoTime());
    var took = step.took();
    if (phases.size() < PHASES_MAX) {
      phases.add(new Phase(step.name(), took, outcome));
    }
    return took;
  }

  Runnable waitsFor(String who, Supplier<String> lastWords) {
    var one = new Waiting(who, System.nanoTime(), lastWords);
    waiting.add(one);
    return () -> waiting.remove(one);
  }

  void progress(String part, long done, long total) {
    transfers.put(part, new Transfer(done, total));
  }

  Set<Subject> subjects() {
    return Set.copyOf(subjects);
  }

  List<Phase> phases() {
    return List.copyOf(phases);
  }

  /** For how long any phase was under way, until now. */
  Duration busy() {
    return Duration.ofNanos(busy.nanos(System.nanoTime()));
  }

  List<Step> underWay() {
    return List.copyOf(underWay);
  }

  List<Waiting> waiting() {
    return List.copyOf(waiting);
  }

  Map<String, Transfer> transfers() {
    return Map.copyOf(transfers);
  }
}
