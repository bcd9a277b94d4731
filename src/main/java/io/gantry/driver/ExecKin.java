package io.gantry.driver;

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
 * The processes of one exec: its roots (the command, and the runtime that runs it where there is
 * one), what descends from them, and in the container's group whatever has their session or still
 * holds their output. A command that detached itself from all of these belongs to the container.
 */
public final class ExecKin {
  /** Where the look for the processes of an exec begins. */
  @FunctionalInterface
  public interface Roots {
    /** Their pids; {@code members} are those of the container's group. May block. */
    Set<Integer> among(List<Integer> members) throws IOException;
  }

  private static final int KILL = 9;
  private static final int ROUNDS_MAX = 5;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What a runtime gets to end by itself once its command has. */
  private static final Duration REAPING = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final Host host;

  private ExecKin(Vertx vertx, Host host) {
    this.vertx = vertx;
    this.host = host;
  }

  public static ExecKin on(Vertx vertx, Host host) {
    return new ExecKin(vertx, host);
  }

  /**
   * Kills them, goes on while new ones appear, and waits until they have ended. What is in the
   * container goes first: the runtime outside is the parent of the command, and takes it off the
   * container's process table before it ends itself.
   */
  public Future<Void> kill(Call call, String cgroup, Roots roots) {
    return round(call, cgroup, roots, new HashSet<>(), ROUNDS_MAX);
  }

  private Future<Void> round(
      Call call, String cgroup, Roots roots, Set<ProcessRef> killed, int roundsLeft) {
    return find(cgroup, roots)
        .compose(
            found -> {
              var inside = found.inside().stream().filter(killed::add).toList();
              var outside = found.outside().stream().filter(killed::add).toList();
              return (inside.isEmpty() && outside.isEmpty()) || roundsLeft == 0
                  ? Future.succeededFuture()
                  : killAll(call, inside)
                      .compose(_ -> ended(call, outside, REAPING))
                      .recover(_ -> killAll(call, outside))
                      .compose(_ -> round(call, cgroup, roots, killed, roundsLeft - 1));
            });
  }

  private Future<Void> killAll(Call call, List<ProcessRef> processes) {
    return Future.join(processes.stream().map(one -> host.processes().signal(one, KILL)).toList())
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

  private Future<Kin> find(String cgroup, Roots roots) {
    return host.cgroups()
        .processes(cgroup)
        .compose(
            members ->
                host.disk()
                    .run(() -> pids(members, roots))
                    .compose(this::refs)
                    .compose(this::withDescendants)
                    .map(all -> Kin.of(all, members)));
  }

  private static Set<Integer> pids(List<Integer> members, Roots roots) throws IOException {
    var pids = new LinkedHashSet<>(roots.among(members));
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
