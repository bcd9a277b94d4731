package io.gantry.call;

import io.gantry.call.Call.Phase;
import io.gantry.errors.RuntimeFault;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The calls that are under way, and those about something that ended lately: what each did, does,
 * and waits for. Safe from any thread; nothing in it outlives the daemon.
 */
public final class Journal {
  private static final int ENDED_KEPT = 512;

  /** Work in somebody else's hands; {@code lastWords} is what was heard from there. */
  public record Wait(String who, Duration since, String lastWords) {}

  /** A part of a call under way. */
  public record Running(String name, Duration since) {}

  /** A transfer; {@code total} is 0 if it is not known. */
  public record Progress(String part, long done, long total) {}

  /**
   * A call.
   *
   * @param number given in order, from 1 for each daemon
   * @param took how long it has been going on, or took
   * @param phases that have ended
   * @param now phases under way; also of a call that is over, if its work goes on without it
   * @param over whether it has been answered
   * @param fault how it failed, if it did
   */
  public record Entry(
      long number,
      String operation,
      Actor actor,
      String trace,
      Set<Subject> subjects,
      Instant begunAt,
      Duration took,
      List<Phase> phases,
      List<Running> now,
      List<Wait> waits,
      List<Progress> progress,
      boolean over,
      Optional<RuntimeFault> fault) {}

  private record Open(long number, Call call, Instant begunAt) {}

  private record Ended(Open open, Duration took, Optional<RuntimeFault> fault) {}

  private final Clock clock;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Call, Open> open = new ConcurrentHashMap<>();
  private final Deque<Ended> ended = new ArrayDeque<>();

  private Journal(Clock clock) {
    this.clock = clock;
  }

  public static Journal at(Clock clock) {
    return new Journal(clock);
  }

  static Journal unread() {
    return new Journal(Clock.systemUTC());
  }

  /** From now on {@code call} is under way, by the number that is given. */
  public long begun(Call call) {
    var number = numbers.incrementAndGet();
    open.put(call, new Open(number, call, clock.instant()));
    return number;
  }

  /** It has ended. A call about nothing, such as a list, is forgotten at once. */
  public void ended(Call call, @Nullable Throwable cause) {
    var it = open.remove(call);
    if (it == null || call.trail().subjects().isEmpty()) {
      return;
    }
    var fault = Optional.ofNullable(cause).map(RuntimeFault::of);
    synchronized (ended) {
      ended.addFirst(new Ended(it, call.elapsed(), fault));
      if (ended.size() > ENDED_KEPT) {
        ended.removeLast();
      }
    }
  }

  /** Those under way, the oldest first, and then those that ended, the latest first. */
  public List<Entry> entries() {
    var all = new ArrayList<Entry>();
    open.values().stream()
        .sorted(Comparator.comparingLong(Open::number))
        .map(it -> entry(it, it.call().elapsed(), false, Optional.empty()))
        .forEach(all::add);
    for (var it : endedNow()) {
      all.add(entry(it.open(), it.took(), true, it.fault()));
    }
    return all;
  }

  private List<Ended> endedNow() {
    synchronized (ended) {
      return List.copyOf(ended);
    }
  }

  public Optional<Entry> find(long number) {
    return entries().stream().filter(entry -> entry.number() == number).findFirst();
  }

  /**
   * Ends a call that is under way, for {@code reason}; what it did is undone. Work that others
   * joined goes on for them.
   *
   * @return whether there was such a call
   */
  public boolean cancel(long number, String reason) {
    var found = open.values().stream().filter(it -> it.number() == number).findFirst();
    found.ifPresent(it -> it.call().cancel(reason));
    return found.isPresent();
  }

  private static Entry entry(Open it, Duration took, boolean over, Optional<RuntimeFault> fault) {
    var call = it.call();
    var trail = call.trail();
    return new Entry(
        it.number(),
        call.operation(),
        call.actor(),
        call.trace().id(),
        trail.subjects(),
        it.begunAt(),
        took,
        trail.phases(),
        running(trail),
        waits(trail),
        progress(trail),
        over,
        fault);
  }

  private static List<Running> running(Trail trail) {
    return trail.underWay().stream().map(step -> new Running(step.name(), step.took())).toList();
  }

  private static List<Wait> waits(Trail trail) {
    return trail.waiting().stream()
        .map(
            one ->
                new Wait(
                    one.who(),
                    Duration.ofNanos(System.nanoTime() - one.sinceNanos()),
                    one.lastWords().get()))
        .toList();
  }

  private static List<Progress> progress(Trail trail) {
    return new TreeMap<>(trail.transfers())
        .entrySet().stream()
            .map(it -> new Progress(it.getKey(), it.getValue().done(), it.getValue().total()))
            .toList();
  }
}
