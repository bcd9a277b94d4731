package io.gantry.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How functions of the C library are called. Each fails with the {@code errno} of its own thread
 * and is called again when a signal interrupted it.
 */
final class Libc {
  /** What a call does with the place for its {@code errno}. */
  @FunctionalInterface
  interface Call {
    long into(MemorySegment errno);
  }

  // SAFETY: char *strerror(int); glibc returns a NUL-terminated string that stays valid in a thread
  // until its next call.
  private static final CFunction STRERROR = CFunction.longs("strerror");

  // SAFETY: long syscall(long, ...). Unused arguments are ignored by the kernel.
  private static final CFunction SYSCALL = CFunction.longs("syscall");

  private Libc() {}

  /** The result of {@code call}, which is described by {@code what} if it fails. */
  static long check(String what, Call call) throws SyscallFailure {
    var result = attempt(call);
    if (result < 0) {
      throw new SyscallFailure(what, (int) -result);
    }
    return result;
  }

  /** The result of {@code call}, or the error number negated. */
  static long attempt(Call call) {
    try (var arena = Arena.ofConfined()) {
      var errno = arena.allocate(CFunction.STATE);
      var result = call.into(errno);
      while (result == -1 && CFunction.errno(errno) == Errno.EINTR) {
        result = call.into(errno);
      }
      return result == -1 ? -CFunction.errno(errno) : result;
    }
  }

  /** The result of a function that does not touch {@code errno}, or returns its error. */
  static long plain(CFunction function, long... words) {
    try (var arena = Arena.ofConfined()) {
      return function.call(arena.allocate(CFunction.STATE), words);
    }
  }

  /** A system call without a function of its own in the C libraries that we support. */
  static long syscall(String what, long number, long... arguments) throws SyscallFailure {
    var words = new long[arguments.length + 1];
    words[0] = number;
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    return check(what, errno -> SYSCALL.call(errno, words));
  }

  @SuppressWarnings("restricted") // the C library ends it with a NUL
  static String strerror(int errno) {
    return MemorySegment.ofAddress(plain(STRERROR, errno)).reinterpret(256).getString(0);
  }
}
