package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes processes of commands, on the thread that calls it. */
final class Spawner {
  /**
   * A process that runs.
   *
   * @param pidfd readable once it has ended
   * @param ours the daemon's ends of its pipes, by the child's numbers; non-blocking
   */
  record Spawned(ProcessRef ref, int pidfd, Map<Integer, Integer> ours) {}

  private static final int O_RDWR = 2;

  private final ChildLimits limits;
  private final SealedPrograms sealed = new SealedPrograms();

  Spawner(ChildLimits limits) {
    this.limits = limits;
  }

  Spawned spawn(Command command) throws IOException {
    check(command);
    var ours = new HashMap<Integer, Integer>();
    var theirs = new HashMap<Integer, Integer>();
    try {
      connect(command, ours, theirs);
      return spawn(command, ours, theirs);
    } catch (IOException | RuntimeException thrown) {
      ours.values().forEach(Descriptors::close);
      throw thrown;
    } finally {
      theirs.values().forEach(Descriptors::close);
    }
  }

  private Spawned spawn(Command command, Map<Integer, Integer> ours, Map<Integer, Integer> theirs)
      throws IOException {
    var pid = execute(command, theirs);
    var pidfd = watchable(pid);
    limits.apply(pid, command.limits());
    var ref = ProcessTable.find(pid).map(ProcessTable.Entry::ref);
    if (ref.isEmpty()) { // a child stays visible until it is reaped, so /proc is not what it seems
      Descriptors.close(pidfd);
      abandon(pid);
      throw RuntimeFault.internal("process: " + pid + " (expected: an entry in /proc)", null);
    }
    return new Spawned(ref.get(), pidfd, Map.copyOf(ours));
  }

  private static void connect(
      Command command, Map<Integer, Integer> ours, Map<Integer, Integer> theirs)
      throws IOException {
    var highest = command.descriptors().keySet().stream().reduce(2, Math::max);
    for (var descriptor : command.descriptors().entrySet()) {
      var number = descriptor.getKey();
      switch (descriptor.getValue()) {
        case CHILD_READS -> {
          var pipe = Descriptors.pipe();
          ours.put(number, pipe.writing());
          theirs.put(number, pipe.reading());
        }
        case CHILD_WRITES -> {
          var pipe = Descriptors.pipe();
          ours.put(number, pipe.reading());
          theirs.put(number, pipe.writing());
        }
        case NOTHING -> theirs.put(number, Descriptors.open(Path.of("/dev/null"), O_RDWR));
      }
      theirs.put(number, Descriptors.raiseAbove(highest, theirs.getOrDefault(number, -1)));
    }
    for (var end : ours.values()) {
      Descriptors.makeNonBlocking(end);
    }
  }

  private int execute(Command command, Map<Integer, Integer> theirs) {
    var program = command.sealed().orElse(command.program());
    var copy = command.sealed().flatMap(sealed::of);
    if (copy.isEmpty()) {
      return execute(image(command, theirs, program, program), command);
    }
    try {
      return PosixSpawn.spawn(image(command, theirs, program, copy.get()));
    } catch (SyscallFailure failure) {
      var pid = execute(image(command, theirs, program, program), command);
      sealed.refused(program, failure); // for it was the copy's fault
      return pid;
    }
  }

  private static int execute(PosixSpawn.Image image, Command command) {
    try {
      return PosixSpawn.spawn(image);
    } catch (SyscallFailure failure) {
      throw explained(command, failure);
    }
  }

  /** The command, with another file in the place of one that it names. */
  private static PosixSpawn.Image image(
      Command command, Map<Integer, Integer> theirs, Path named, Path file) {
    var name = named.toString();
    return new PosixSpawn.Image(
        command.program().equals(named) ? file : command.program(),
        command.program().toString(),
        command.arguments().stream().map(it -> it.equals(name) ? file.toString() : it).toList(),
        command.environment(),
        command.directory(),
        theirs);
  }

  /** posix_spawn does not say which of its steps failed. */
  private static RuntimeFault explained(Command command, SyscallFailure failure) {
    if (!Files.isDirectory(command.directory())) {
      return RuntimeFault.precondition(
          "directory: " + command.directory() + " (expected: one to start a program in)");
    }
    return switch (failure.errno()) {
      case Errno.ENOENT,
          Errno.EACCES,
          Errno.EPERM,
          Errno.ENOEXEC,
          Errno.ENOTDIR,
          Errno.ELOOP,
          Errno.ENAMETOOLONG ->
          new RuntimeFault(
              Kind.FAILED_PRECONDITION,
              "program: " + command.program() + " (expected: an executable file)",
              failure);
      default -> failure.fault();
    };
  }

  private static int watchable(int pid) throws IOException {
    try {
      return ProcessCalls.pidfd(pid);
    } catch (SyscallFailure failure) { // no descriptor left: nobody would ever reap it
      abandon(pid);
      throw failure;
    }
  }

  /** Ends a child that cannot be looked after; it dies at once, so that waiting for it is short. */
  private static void abandon(int pid) throws IOException {
    ProcessCalls.killAndReap(pid);
  }

  private static void check(Command command) {
    if (!command.program().isAbsolute()) {
      throw RuntimeFault.invalid("program: " + command.program() + " (expected: an absolute path)");
    }
    var texts = new ArrayList<>(command.arguments());
    command.environment().forEach((name, value) -> texts.addAll(List.of(name, value)));
    for (var text : texts) {
      if (text.indexOf('\0') >= 0) {
        throw RuntimeFault.invalid(
            "program: " + command.program() + " (expected: arguments without a zero byte)");
      }
    }
  }
}
