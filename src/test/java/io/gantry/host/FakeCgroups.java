package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** Control groups in memory. */
public final class FakeCgroups implements Cgroups {
  private final FakeHost host;
  private final ConcurrentNavigableMap<String, Set<Integer>> groups = new ConcurrentSkipListMap<>();
  private final Map<String, Map<String, String>> files = new ConcurrentHashMap<>();
  private volatile Version version = Version.V2;

  FakeCgroups(FakeHost host) {
    this.host = host;
  }

  /** A host of this kind; v2 unless told. */
  public FakeCgroups as(Version version) {
    this.version = version;
    return this;
  }

  /** A group with a process in it, as if someone else had put it there. */
  public FakeCgroups has(String path, int pid) {
    make(path);
    groups.get(path).add(pid);
    return this;
  }

  /** The groups there are. */
  public Set<String> groups() {
    return Set.copyOf(groups.keySet());
  }

  @Override
  public Version version() {
    return version;
  }

  @Override
  public Future<Set<String>> controllers() {
    return Future.succeededFuture(Set.of("cpu", "memory", "pids", "hugetlb"));
  }

  @Override
  public Future<Void> create(String path) {
    return host.recorded(
        "cgroups.create",
        path,
        () -> {
          make(path);
          return Future.succeededFuture();
        });
  }

  private void make(String path) {
    for (var end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
      groups.putIfAbsent(path.substring(0, end), new ConcurrentSkipListSet<>());
    }
    groups.putIfAbsent(path, new ConcurrentSkipListSet<>());
  }

  @Override
  public Future<Void> join(String path, int pid) {
    return host.recorded(
        "cgroups.join",
        path + " " + pid,
        () -> {
          if (!groups.containsKey(path)) {
            return Future.failedFuture(
                RuntimeFault.notFound("cgroup: " + path + " (expected: one that exists)"));
          }
          groups.values().forEach(pids -> pids.remove(pid));
          groups.get(path).add(pid);
          return Future.succeededFuture();
        });
  }

  @Override
  public void expectJoin() {} // nothing waits here

  @Override
  public Future<List<Integer>> processes(String path) {
    return host.recorded(
        "cgroups.processes",
        path,
        () ->
            Future.succeededFuture(
                below(path).values().stream().flatMap(Collection::stream).sorted().toList()));
  }

  @Override
  public Future<Void> kill(String path) {
    return host.recorded(
        "cgroups.kill",
        path,
        () -> {
          for (var pids : below(path).values()) {
            pids.forEach(pid -> host.processes().end(pid, 137));
            pids.clear();
          }
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<Void> remove(String path) {
    return host.recorded(
        "cgroups.remove",
        path,
        () -> {
          var below = below(path);
          if (below.values().stream().anyMatch(pids -> !pids.isEmpty())) {
            return Future.failedFuture(
                RuntimeFault.precondition("cgroup: " + path + " has processes (expected: none)"));
          }
          below.keySet().forEach(groups::remove);
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<List<String>> children(String path) {
    return host.recorded(
        "cgroups.children",
        path,
        () ->
            Future.succeededFuture(
                groups.keySet().stream()
                    .filter(group -> group.lastIndexOf('/') == path.length())
                    .filter(group -> group.startsWith(path + "/"))
                    .toList()));
  }

  /** A group with a file in it that says this. */
  public FakeCgroups says(String path, String file, String text) {
    make(path);
    files.computeIfAbsent(path, _ -> new ConcurrentHashMap<>()).put(file, text);
    return this;
  }

  @Override
  public Future<Map<String, String>> read(String path, Collection<String> wanted) {
    return host.recorded(
        "cgroups.read",
        path,
        () -> {
          var there = new HashMap<>(files.getOrDefault(path, Map.of()));
          there.keySet().retainAll(wanted);
          return Future.succeededFuture(
              groups.containsKey(path) ? Map.copyOf(there) : Map.<String, String>of());
        });
  }

  @Override
  public Future<Void> set(String path, Map<String, String> values) {
    return host.recorded(
        "cgroups.set",
        path + " " + values,
        () -> {
          if (!groups.containsKey(path)) {
            return Future.failedFuture(
                RuntimeFault.precondition("cgroup: " + path + " (expected: one that exists)"));
          }
          values.forEach((file, text) -> says(path, file, text));
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<Boolean> ranOutOfMemory(String path) {
    return host.recorded(
        "cgroups.ranOutOfMemory",
        path,
        () ->
            Future.succeededFuture(
                files
                    .getOrDefault(path, Map.of())
                    .getOrDefault("memory.events", "")
                    .contains("oom_kill 1")));
  }

  private ConcurrentNavigableMap<String, Set<Integer>> below(String path) {
    var found = new ConcurrentSkipListMap<String, Set<Integer>>();
    groups.forEach(
        (group, pids) -> {
          if (group.equals(path) || group.startsWith(path + "/")) {
            found.put(group, pids);
          }
        });
    return found;
  }
}
