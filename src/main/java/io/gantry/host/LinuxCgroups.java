package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Control groups by the files of their hierarchies. */
final class LinuxCgroups implements Cgroups {
  /**
   * A killed process is mostly gone within a millisecond; one that is not is looked at less often.
   */
  private static final Duration PAUSE_FIRST = Duration.ofMillis(1);

  private static final Duration PAUSE_MAX = Duration.ofMillis(20);
  private static final Duration KILL_MAX = Duration.ofSeconds(5);
  private static final Duration REMOVE_MAX = Duration.ofSeconds(1);

  private static final String MEMORY_EVENTS = "memory.events";

  private final Vertx vertx;
  private final Pool pool;
  private final List<Hierarchy> hierarchies;
  private final JoinWindow window;

  LinuxCgroups(Vertx vertx, Pool pool, List<Hierarchy> hierarchies) {
    this.vertx = vertx;
    this.pool = pool;
    // A tree of a controller comes before the unified one, which has files of the same names.
    this.hierarchies =
        hierarchies.stream().sorted(Comparator.comparing(Hierarchy::isUnified)).toList();
    window = new JoinWindow(this.hierarchies);
  }

  @Override
  public Version version() {
    return hierarchies.size() == 1 && hierarchies.getFirst().isUnified() ? Version.V2 : Version.V1;
  }

  @Override
  public Future<Set<String>> controllers() {
    return pool.run(
        () -> {
          var all = new TreeSet<String>();
          var unified = version() == Version.V2;
          for (var hierarchy : hierarchies) {
            // of a hybrid host's, runtimes see the hierarchies of v1 alone
            if (hierarchy.isUnified() == unified) {
              all.addAll(hierarchy.controllers());
            }
          }
          return all;
        });
  }

  @Override
  public Future<Void> create(String path) {
    return pool.act(
        () -> {
          for (var group : groups(path)) {
            group.create();
          }
        });
  }

  @Override
  public Future<Void> join(String path, int pid) {
    return pool.act(
        () -> {
          var groups = present(path);
          if (groups.isEmpty()) {
            throw RuntimeFault.notFound("cgroup: " + path + " (expected: one that exists)");
          }
          for (var group : groups) {
            group.join(pid);
          }
        });
  }

  @Override
  public void expectJoin() {
    window.open();
  }

  @Override
  public Future<List<Integer>> processes(String path) {
    return pool.run(() -> processesNow(path));
  }

  @Override
  public Future<Void> kill(String path) {
    return kill(path, System.nanoTime() + KILL_MAX.toNanos(), PAUSE_FIRST);
  }

  /** Once more for what was forked meanwhile, until nothing is left. */
  private Future<Void> kill(String path, long deadlineNanos, Duration pause) {
    return pool.run(() -> killNow(path))
        .compose(
            left -> {
              if (left.isEmpty()) {
                return Future.succeededFuture();
              }
              if (System.nanoTime() > deadlineNanos) {
                return Future.failedFuture(
                    RuntimeFault.unavailable(
                        "cgroup: " + path + " has processes " + left + " (expected: killed)",
                        null));
              }
              return after(pause).compose(longer -> kill(path, deadlineNanos, longer));
            });
  }

  private List<Integer> killNow(String path) throws IOException {
    var before = processesNow(path);
    if (before.contains((int) ProcessHandle.current().pid())) {
      throw RuntimeFault.precondition("cgroup: " + path + " (expected: not that of this daemon)");
    }
    var killed = new HashSet<Integer>(); // of v1 a process is in all trees
    for (var group : present(path)) {
      group.kill(killed);
    }
    return before.isEmpty() ? before : processesNow(path);
  }

  @Override
  public Future<Void> remove(String path) {
    return remove(path, System.nanoTime() + REMOVE_MAX.toNanos(), PAUSE_FIRST);
  }

  /** A group stays busy for a moment after its last process. */
  private Future<Void> remove(String path, long deadlineNanos, Duration pause) {
    return pool.run(() -> removeNow(path))
        .compose(
            done -> {
              if (done) {
                return Future.succeededFuture();
              }
              if (System.nanoTime() > deadlineNanos) {
                return busy(path);
              }
              return after(pause).compose(longer -> remove(path, deadlineNanos, longer));
            });
  }

  private boolean removeNow(String path) throws IOException {
    var done = true;
    for (var group : present(path)) {
      done &= group.remove();
    }
    return done;
  }

  private Future<Void> busy(String path) {
    return processes(path)
        .compose(
            left ->
                Future.failedFuture(
                    RuntimeFault.precondition(
                        "cgroup: " + path + " has processes " + left + " (expected: none)")));
  }

  @Override
  public Future<List<String>> children(String path) {
    return pool.run(
        () -> {
          var names = new TreeSet<String>();
          for (var group : present(path)) {
            group.children().forEach(child -> names.add(child.name()));
          }
          return names.stream().map(name -> Path.of(path).resolve(name).toString()).toList();
        });
  }

  @Override
  public Future<Map<String, String>> read(String path, Collection<String> files) {
    return pool.run(() -> readNow(path, files));
  }

  private Map<String, String> readNow(String path, Collection<String> files) throws IOException {
    check(path);
    var found = new HashMap<String, String>();
    for (var hierarchy : hierarchies) {
      for (var file : files) {
        if (hierarchy.has(file) && !found.containsKey(file)) {
          hierarchy.group(path).content(file).ifPresent(text -> found.put(file, text));
        }
      }
    }
    return found;
  }

  @Override
  public Future<Void> set(String path, Map<String, String> files) {
    return pool.act(
        () -> {
          check(path);
          for (var file : files.entrySet()) {
            hierarchies.stream()
                .filter(hierarchy -> hierarchy.has(file.getKey()))
                .findFirst()
                .orElseThrow(
                    () ->
                        RuntimeFault.precondition(
                            "cgroup: "
                                + file.getKey()
                                + " (expected: a host with this controller)"))
                .group(path)
                .set(file.getKey(), file.getValue());
          }
        });
  }

  @Override
  public Future<Boolean> ranOutOfMemory(String path) {
    return pool.run(
        () -> {
          var events = readNow(path, List.of(MEMORY_EVENTS)).getOrDefault(MEMORY_EVENTS, "");
          return events.lines().anyMatch(line -> line.matches("oom_kill [1-9][0-9]*"))
              || KernelLog.killedForMemory(KernelLog.text(), path);
        });
  }

  private List<Integer> processesNow(String path) throws IOException {
    var pids = new TreeSet<Integer>();
    for (var group : present(path)) {
      pids.addAll(group.processes());
    }
    return List.copyOf(pids);
  }

  private List<Cgroup> groups(String path) {
    check(path);
    return hierarchies.stream().map(hierarchy -> hierarchy.group(path)).toList();
  }

  private List<Cgroup> present(String path) {
    return groups(path).stream().filter(Cgroup::exists).toList();
  }

  private static void check(String path) {
    var parsed = Path.of(path);
    if (!parsed.isAbsolute() || !parsed.normalize().equals(parsed) || parsed.getNameCount() == 0) {
      throw RuntimeFault.invalid(
          "cgroup: " + path + " (expected: an absolute path below the root)");
    }
  }

  void close() {
    window.close();
  }

  /** Waits, and gives the pause to be made next. */
  private Future<Duration> after(Duration pause) {
    var twice = pause.multipliedBy(2);
    return vertx
        .timer(pause.toMillis(), TimeUnit.MILLISECONDS)
        .map(_ -> twice.compareTo(PAUSE_MAX) < 0 ? twice : PAUSE_MAX);
  }
}
