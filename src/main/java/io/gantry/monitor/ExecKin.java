package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The processes of one exec: the runtime that runs it (known by the path of the pid file among its
 * arguments, which nobody else has), the command, what descends from them, and in the container's
 * group whatever has their session or still holds their output. A command that detached itself from
 * all of these belongs to the container.
 */
final class ExecKin {
  private static final int ROUNDS_MAX = 5;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What a runtime gets to end by itself once its command has. */
  private static final Duration REAPING = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final Host host;

  ExecKin(Vertx vertx, Host host) {
    this.vertx = vertx;
    this.host = host;
  }

  /**
   * Kills them, goes on while new ones appear, and waits until they have ended. What is in the
   * container goes first: the runtime outside is the parent of the command, and takes it off the
   * container's process table before it ends itself.
   */
  Future<Void> kill(Call call, String cgroup, ExecFiles files) {
    return round(call, cgroup, files, new HashSet<>(), ROUNDS_MAX);
  }

  private Future<Void> round(
      Call call, String cgroup, ExecFiles files, Set<ProcessRef> killed, int roundsLeft) {
    return find(cgroup, files)
        .compose(
            found -> {
              var inside = found.inside().stream().filter(killed::add).toList();
              var outside = found.outside().stream().filter(killed::add).toList();
              return (inside.isEmpty() && outside.isEmpty()) || roundsLeft == 0
                  ? Future.succeededFuture()
                  : killAll(call, inside)
                      .compose(_ -> ended(call, outside, REAPING))
                      .recover(_ -> killAll(call, outside))
                      .compose(_ -> round(call, cgroup, files, killed, roundsLeft - 1));
            });
  }

  private Future<Void> killAll(Call call, List<ProcessRef> processes) {
    return Future.join(
            processes.stream().map(one -> host.processes().signal(one, Clearing.KILL)).toList())
        .compose(_ -> ended(call, processes, PATIENCE));
  }

  private Future<Void> ended(Call call, List<ProcessRef> processes, Duration within) {
    return Patience.until(
            vertx,
            call,
            within,
            "killed exec",
            Future.join(processes.stream().map(host.processes()::ended).toList()))
        .mapEmpty();
  }

  /** Who belongs to the exec: in the container's group, and outside of it. */
  private record Kin(List<ProcessRef> inside, List<ProcessRef> outside) {
    static Kin of(Set<ProcessRef> all, List<Integer> members) {
      return new Kin(
          all.stream().filter(one -> members.contains(one.pid())).toList(),
          all.stream().filter(one -> !members.contains(one.pid())).toList());
    }
  }

  private Future<Kin> find(String cgroup, ExecFiles files) {
    return host.cgroups()
        .processes(cgroup)
        .compose(
            members ->
                host.disk()
                    .run(() -> pids(members, files))
                    .compose(this::refs)
                    .compose(this::withDescendants)
                    .map(all -> Kin.of(all, members)));
  }

  private static Set<Integer> pids(List<Integer> members, ExecFiles files) throws IOException {
    var pids = new LinkedHashSet<Integer>();
    var mark = files.pid().toString();
    ProcFiles.pids().stream()
        .filter(pid -> ProcFiles.arguments(pid).contains(mark))
        .forEach(pids::add);
    // A pid of the file that has been given anew lies in another group, or in none of ours.
    PidFile.read(files.pid()).filter(members::contains).ifPresent(pids::add);
    var sessions = new HashSet<Integer>();
    var pipes = new HashSet<String>();
    for (var pid : pids) {
      ProcFiles.session(pid).ifPresent(sessions::add);
      pipes.addAll(ProcFiles.outputPipes(pid));
    }
    for (var pid : members) {
      if (ProcFiles.session(pid).filter(sessions::contains).isPresent()
          || ProcFiles.outputPipes(pid).stream().anyMatch(pipes::contains)) {
        pids.add(pid);
      }
    }
    return pids;
  }

  private Future<List<ProcessRef>> refs(Set<Integer> pids) {
    var found = pids.stream().map(pid -> host.processes().find(pid)).toList();
    return Future.join(found)
        .map(_ -> found.stream().map(Future::result).flatMap(Optional::stream).toList());
  }

  private Future<Set<ProcessRef>> withDescendants(List<ProcessRef> roots) {
    var found = roots.stream().map(root -> host.processes().descendants(root)).toList();
    return Future.join(found)
        .map(
            _ -> {
              Set<ProcessRef> all = new LinkedHashSet<>(roots);
              var descendants = new ArrayList<ProcessRef>();
              found.forEach(children -> descendants.addAll(children.result()));
              all.addAll(descendants);
              return all;
            });
  }
}
