package io.gantry.host;

import io.gantry.call.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Processes of Linux: spawned on threads for that, watched on the loop. */
final class LinuxProcesses implements Processes {
  private final Vertx vertx;
  private final EpollLoop loop;
  private final Pool pool;
  private final OwnThread apart;
  private final Spawner spawner;
  private final Orphans orphans;

  LinuxProcesses(Vertx vertx, EpollLoop loop, Pool pool, OwnThread apart, ChildLimits limits)
      throws IOException {
    this.vertx = vertx;
    this.loop = loop;
    this.pool = pool;
    this.apart = apart;
    this.spawner = new Spawner(limits);
    this.orphans = new Orphans(loop);
  }

  @Override
  public Future<Child> spawn(Command command) {
    return start(command).map(child -> child);
  }

  /** Everything that can be lost belongs to the loop before the spawn thread lets go of it. */
  private Future<LinuxChild> start(Command command) {
    var context = context();
    Callable<LinuxChild> work =
        () -> {
          Hiding.from(command.hidden());
          orphans.spawning();
          try {
            return new LinuxChild(loop, orphans, context, command, spawner.spawn(command));
          } finally {
            orphans.spawned();
          }
        };
    return command.hidden().isEmpty() ? pool.run(work) : apart.run(work);
  }

  @Override
  public Future<Output> run(Call call, Command command, Buffer input, int outputBytesMax) {
    return call.alive()
        .compose(_ -> start(CommandRun.connected(command, input)))
        .compose(
            child ->
                new CommandRun(vertx, call, this, outputBytesMax, command.share())
                    .finish(child, command.title(), input));
  }

  @Override
  public Future<Output> runDetached(Call call, Command command, Path pidFile, int outputBytesMax) {
    var since = System.nanoTime();
    var nothing = Buffer.buffer();
    return call.alive()
        .compose(_ -> call.phase("spawn", () -> start(CommandRun.connected(command, nothing))))
        .compose(
            child -> {
              var _ = call.phase(command.title(), child::exit);
              return new CommandRun(vertx, call, this, outputBytesMax, command.share())
                  .finish(
                      child,
                      command.title(),
                      nothing,
                      code -> call.phase("command", () -> follow(code, pidFile, since)));
            });
  }

  /** The end of the process that a command has left behind, if it has. */
  private Future<Integer> follow(int code, Path pidFile, long sinceNanos) {
    var context = context();
    return code != 0
        ? Future.succeededFuture(code)
        : pool.run(() -> Integer.parseInt(Files.readString(pidFile).strip()))
            .compose(pid -> orphans.exit(context, pid, sinceNanos));
  }

  @Override
  public Future<Optional<ProcessRef>> find(int pid) {
    return pool.run(() -> ProcessTable.find(pid).map(ProcessTable.Entry::ref));
  }

  @Override
  public Future<Boolean> alive(ProcessRef process) {
    return pool.run(() -> ProcessTable.find(process).filter(entry -> !entry.dead()).isPresent());
  }

  @Override
  public Future<Void> ended(ProcessRef process) {
    var answer = context().<Void>promise();
    return pool.act(() -> watch(process, answer)).compose(_ -> answer.future());
  }

  private void watch(ProcessRef process, Promise<Void> answer) throws IOException {
    Pidfds.open(process)
        .ifPresentOrElse(pidfd -> new Ending(pidfd, answer), () -> answer.complete());
  }

  /** Waits on the loop for the end of a process that may be anyone's child. */
  private final class Ending {
    private final EpollLoop.Watched pidfd;
    private final Promise<Void> answer;

    Ending(int pidfd, Promise<Void> answer) {
      this.answer = answer;
      this.pidfd = loop.whenReadable(pidfd, this::look);
      this.pidfd.start();
    }

    private void look() {
      if (Descriptors.readable(pidfd.number())) {
        pidfd.close();
        orphans.sweep(); // it may have been one of ours by now
        answer.tryComplete();
      }
    }
  }

  @Override
  public Future<Integer> exitOfOrphan(int pid, long sinceNanos) {
    return orphans.exit(context(), pid, sinceNanos);
  }

  @Override
  public Future<Void> signal(ProcessRef process, int signal) {
    return pool.act(() -> Pidfds.send(process, signal));
  }

  @Override
  public Future<List<ProcessRef>> descendants(ProcessRef process) {
    return pool.run(
        () -> ProcessTable.descendants(process).stream().map(ProcessTable.Entry::ref).toList());
  }

  /** Kills the leader of a session with everything in it and below it. */
  Future<Void> killSession(ProcessRef leader) {
    return pool.act(() -> SessionKill.of(leader));
  }

  private ContextInternal context() {
    return (ContextInternal) vertx.getOrCreateContext();
  }
}
