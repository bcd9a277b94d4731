package io.gantry.host;

import io.gantry.call.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Processes in memory. Commands that are run succeed without output unless a script says otherwise;
 * children that are spawned live until the test ends them, or they are sent SIGKILL.
 */
public final class FakeProcesses implements Processes {
  private static final int FIRST_PID = 1000;

  private record Script(
      Predicate<Command> about, BiFunction<Command, Buffer, Future<Output>> answer) {}

  private final FakeHost host;
  private final AtomicInteger pids = new AtomicInteger(FIRST_PID);
  private final List<Script> scripts = new CopyOnWriteArrayList<>();
  private final List<Command> run = new CopyOnWriteArrayList<>();
  private final List<FakeChild> children = new CopyOnWriteArrayList<>();
  private final Map<ProcessRef, Promise<Integer>> alive =
      new ConcurrentSkipListMap<>((one, other) -> Integer.compare(one.pid(), other.pid()));
  private final Map<ProcessRef, List<ProcessRef>> descendants = new ConcurrentHashMap<>();
  private volatile Consumer<FakeChild> spawned = _ -> {};
  private volatile BiConsumer<ProcessRef, Integer> signalled =
      (process, signal) -> {
        if (signal == 9) {
          end(process.pid(), 137);
        }
      };

  FakeProcesses(FakeHost host) {
    this.host = host;
  }

  /** An output on standard output and an exit code. */
  public static Output output(int exitCode, String stdout, String stderr) {
    return new Output(exitCode, Buffer.buffer(stdout), Buffer.buffer(stderr), false);
  }

  /** What commands like this say when they are run; the latest script that fits counts. */
  public FakeProcesses whenRun(Predicate<Command> about, Function<Command, Output> answer) {
    return whenFed(about, (command, _) -> Future.succeededFuture(answer.apply(command)));
  }

  /** The same, seeing the input as well, and answering when it likes. */
  public FakeProcesses whenFed(
      Predicate<Command> about, BiFunction<Command, Buffer, Future<Output>> answer) {
    scripts.addFirst(new Script(about, answer));
    return this;
  }

  /** Called with each child that is spawned, before the one who asked for it gets it. */
  public FakeProcesses whenSpawned(Consumer<FakeChild> script) {
    this.spawned = script;
    return this;
  }

  /** What a signal does; SIGKILL ends a process and others do nothing unless told. */
  public FakeProcesses whenSignalled(BiConsumer<ProcessRef, Integer> script) {
    this.signalled = script;
    return this;
  }

  /** A process that someone else started. */
  public ProcessRef has(int pid, long startTicks) {
    var process = new ProcessRef(pid, startTicks);
    alive.put(process, Promise.promise());
    return process;
  }

  /** Gives a process descendants. */
  public FakeProcesses has(ProcessRef process, List<ProcessRef> descendants) {
    this.descendants.put(process, List.copyOf(descendants));
    return this;
  }

  /** The process ends. */
  public void end(int pid, int exitCode) {
    for (var process : alive.keySet()) {
      if (process.pid() == pid) {
        Optional.ofNullable(alive.remove(process)).ifPresent(exit -> exit.tryComplete(exitCode));
      }
    }
  }

  /** The commands that were run or spawned, in order. */
  public List<Command> commands() {
    return List.copyOf(run);
  }

  /** The children that were spawned, in order. */
  public List<FakeChild> children() {
    return List.copyOf(children);
  }

  @Override
  public Future<Child> spawn(Command command) {
    return host.recorded(
        "processes.spawn", said(command), () -> Future.succeededFuture(child(command)));
  }

  private FakeChild child(Command command) {
    run.add(command);
    var ref = has(pids.getAndIncrement(), 1);
    var child = new FakeChild(ref, command, alive.get(ref).future(), code -> end(ref.pid(), code));
    children.add(child);
    spawned.accept(child);
    return child;
  }

  @Override
  public Future<Output> run(Call call, Command command, Buffer input, int outputBytesMax) {
    return host.recorded(
        "processes.run",
        said(command),
        () -> {
          run.add(command);
          return call.alive().compose(_ -> answer(command, input));
        });
  }

  @Override
  public Future<Output> runDetached(Call call, Command command, Path pidFile, int outputBytesMax) {
    return run(call, command, Buffer.buffer(), outputBytesMax);
  }

  private Future<Output> answer(Command command, Buffer input) {
    return scripts.stream()
        .filter(script -> script.about().test(command))
        .findFirst()
        .map(script -> script.answer().apply(command, input))
        .orElseGet(() -> Future.succeededFuture(output(0, "", "")));
  }

  private static String said(Command command) {
    return (command.program() + " " + String.join(" ", command.arguments())).strip();
  }

  @Override
  public Future<Optional<ProcessRef>> find(int pid) {
    return host.recorded(
        "processes.find",
        Integer.toString(pid),
        () ->
            Future.succeededFuture(
                alive.keySet().stream().filter(process -> process.pid() == pid).findAny()));
  }

  @Override
  public Future<Boolean> alive(ProcessRef process) {
    return host.recorded(
        "processes.alive", said(process), () -> Future.succeededFuture(isAlive(process)));
  }

  private boolean isAlive(ProcessRef process) {
    return alive.keySet().stream().anyMatch(process::equals);
  }

  @Override
  public Future<Void> ended(ProcessRef process) {
    return host.recorded(
        "processes.ended",
        said(process),
        () ->
            isAlive(process)
                ? alive.get(process).future().mapEmpty()
                : Future.<Void>succeededFuture());
  }

  @Override
  public Future<Integer> exitOfOrphan(int pid, long sinceNanos) {
    return host.recorded(
        "processes.exitOfOrphan",
        Integer.toString(pid),
        () ->
            alive.entrySet().stream()
                .filter(process -> process.getKey().pid() == pid)
                .findAny()
                .map(process -> process.getValue().future())
                .orElseGet(() -> Future.succeededFuture(255)));
  }

  @Override
  public Future<Void> signal(ProcessRef process, int signal) {
    return host.recorded(
        "processes.signal",
        said(process) + " " + signal,
        () -> {
          if (isAlive(process)) {
            signalled.accept(process, signal);
          }
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<List<ProcessRef>> descendants(ProcessRef process) {
    return host.recorded(
        "processes.descendants",
        said(process),
        () -> Future.succeededFuture(descendants.getOrDefault(process, List.of())));
  }

  private static String said(ProcessRef process) {
    return Integer.toString(process.pid());
  }
}
