package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A process that stands in a new user namespace, and in others that this one owns, until they are
 * pinned: a process with several threads, as a JVM is, cannot unshare one (unshare(2)). It is a
 * copy of this process that does nothing but sleep: no program has to be there, nothing is
 * executed, and what it would write to memory is its own. One whose daemon is killed ends by
 * itself.
 */
final class Sleeper implements AutoCloseable {
  private static final int STACK_BYTES = 64 << 10;

  /** Far longer than pinning takes, and short for what nobody ends. */
  private static final int SECONDS = 5;

  // SAFETY: int clone(int (*)(void *), void *, int, void *, ...); the stack grows downwards on both
  // architectures, so its end is passed. Without CLONE_VM the child has a copy of all memory.
  private static final CFunction CLONE = CFunction.ints("clone");

  // SAFETY: unsigned int sleep(unsigned int) takes a number in the register of a pointer. It is
  // async-signal-safe, so it may run in the copy of a process with other threads; what it returns
  // becomes the exit code.
  private static final MemorySegment SLEEP = CFunction.ints("sleep").address();

  private final int pid;

  private Sleeper(int pid) {
    this.pid = pid;
  }

  /**
   * @param kinds flags of clone(2) for the namespaces that the user namespace is to own
   */
  static Sleeper in(int kinds, IdMappings users) throws IOException {
    var sleeper = new Sleeper(cloned(kinds | MountCalls.CLONE_NEWUSER));
    try {
      sleeper.map("uid_map", users.uids());
      sleeper.map("gid_map", users.gids());
      return sleeper;
    } catch (IOException | RuntimeFault failure) {
      sleeper.close();
      throw failure;
    }
  }

  /** No signal tells of its end, so that nobody reaps it but {@link #close}. */
  private static int cloned(int flags) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var stack = arena.allocate(STACK_BYTES, 16);
      var top = stack.asSlice(STACK_BYTES);
      return (int)
          Libc.check(
              "user namespace",
              errno -> CLONE.call(errno, SLEEP.address(), top.address(), flags, SECONDS));
    }
  }

  private void map(String file, List<IdMapping> ranges) throws IOException {
    var lines = ranges.stream().map(IdMapping::toString).collect(Collectors.joining("\n"));
    try {
      Files.writeString(Path.of("/proc", "" + pid, file), lines, StandardOpenOption.WRITE);
    } catch (IOException refused) {
      throw RuntimeFault.invalid(
          file + ": " + ranges + " (expected: ids that the kernel maps): " + refused.getMessage());
    }
  }

  /** The file of one of its namespaces, for as long as it sleeps. */
  Path namespace(Namespaces.Kind kind) {
    return Path.of("/proc", "" + pid, "ns", kind.file());
  }

  @Override
  public void close() throws SyscallFailure {
    ProcessCalls.killAndReap(pid);
  }
}
