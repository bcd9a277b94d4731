package io.gantry.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.util.OptionalInt;

/** Calls on processes other than the one that starts them. */
final class ProcessCalls {
  static final int SIGKILL = 9;
  static final int SIGSTOP = 19;

  private static final long PIDFD_SEND_SIGNAL = 424;
  private static final long PIDFD_OPEN = 434;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x01000000;
  private static final int P_ALL = 0;
  private static final int SIGINFO_BYTES = 128;
  private static final int SIGINFO_PID = 16; // behind three ints, in a union of 8-byte alignment
  private static final int PR_SET_CHILD_SUBREAPER = 36;

  /** Children that send no signal when they end, too. */
  private static final int WALL = 0x40000000;

  private static final int RLIMIT_NOFILE = 7;

  // SAFETY: pid_t waitpid(pid_t, int *, int); writes one int.
  private static final CFunction WAITPID = CFunction.ints("waitpid");
  // SAFETY: int prlimit(pid_t, int, const struct rlimit *, struct rlimit *); two longs each, both
  // may be NULL.
  private static final CFunction PRLIMIT = CFunction.ints("prlimit");

  // SAFETY: int kill(pid_t, int).
  private static final CFunction KILL = CFunction.ints("kill");

  // SAFETY: int waitid(idtype_t, id_t, siginfo_t *, int); writes a siginfo of 128 bytes.
  private static final CFunction WAITID = CFunction.ints("waitid");

  // SAFETY: int prctl(int, ...), variadic after the first; four longs, of which this one reads one.
  private static final CFunction PRCTL = CFunction.ints("prctl");

  /** The limit of open files; unsigned, so that −1 is no limit. */
  record OpenFiles(long soft, long hard) {}

  private ProcessCalls() {}

  /** A descriptor that becomes readable when the process ends. */
  static int pidfd(int pid) throws SyscallFailure {
    // SAFETY: pidfd_open(pid_t, unsigned int) takes no pointer; the descriptor is close-on-exec.
    return (int) Libc.syscall("process " + pid, PIDFD_OPEN, pid, 0);
  }

  static void signal(int pidfd, int signal) throws SyscallFailure {
    // SAFETY: pidfd_send_signal(int, int, siginfo_t *, unsigned int) with NULL for the siginfo.
    Libc.syscall("signal " + signal, PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
  }

  /**
   * Reaps this child if it has ended: its exit code, 128 and more for a signal. Empty while it
   * runs.
   */
  static OptionalInt reap(int pid) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var status = arena.allocate(JAVA_INT);
      var reaped =
          Libc.check(
              "exit of process " + pid,
              errno -> WAITPID.call(errno, pid, status.address(), WNOHANG));
      return reaped == 0 ? OptionalInt.empty() : OptionalInt.of(code(status.get(JAVA_INT, 0)));
    }
  }

  /** Makes this process the parent of all descendants that lose theirs. */
  static void becomeSubreaper() throws SyscallFailure {
    Libc.check("prctl", errno -> PRCTL.call(errno, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
  }

  /** The pid of a child that has ended and was not reaped, which it stays; 0 if there is none. */
  static int zombie() throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var info = arena.allocate(SIGINFO_BYTES, 8);
      Libc.check(
          "waitid",
          errno -> WAITID.call(errno, P_ALL, 0, info.address(), WEXITED | WNOHANG | WNOWAIT));
      return info.get(JAVA_INT, SIGINFO_PID);
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ECHILD)) { // no child at all
        return 0;
      }
      throw failure;
    }
  }

  /** Ends a child and waits for it; only for one that nobody else waits for. */
  static void killAndReap(int pid) throws SyscallFailure {
    Libc.check("kill " + pid, errno -> KILL.call(errno, pid, SIGKILL));
    Libc.check("exit of process " + pid, errno -> WAITPID.call(errno, pid, 0, WALL));
  }

  private static int code(int status) {
    var signal = status & 0x7f;
    return signal == 0 ? status >> 8 & 0xff : 128 + signal;
  }

  /** The limit of a process; 0 is this one. */
  static OpenFiles openFiles(int pid) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var limit = arena.allocate(JAVA_LONG, 2);
      Libc.check("prlimit", errno -> PRLIMIT.call(errno, pid, RLIMIT_NOFILE, 0, limit.address()));
      return new OpenFiles(limit.getAtIndex(JAVA_LONG, 0), limit.getAtIndex(JAVA_LONG, 1));
    }
  }

  static void limitOpenFiles(int pid, OpenFiles limit) throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var wanted = arena.allocateFrom(JAVA_LONG, limit.soft(), limit.hard());
      Libc.check("prlimit", errno -> PRLIMIT.call(errno, pid, RLIMIT_NOFILE, wanted.address(), 0));
    }
  }
}
