package io.gantry.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The way into the C library. Each function fails with the {@code errno} of its own thread, which
 * is taken before the JVM can disturb it, and is called again when a signal interrupted it.
 */
@SuppressWarnings("restricted") // this is where the restriction is meant to be lifted
final class Libc {
  /** What a call does with the place for its {@code errno}. */
  @FunctionalInterface
  interface Call {
    long into(MemorySegment errno) throws Throwable;
  }

  private static final int SYSCALL_ARGUMENTS_MAX = 5;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARY = LINKER.defaultLookup();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final Linker.Option WITH_ERRNO = Linker.Option.captureCallState("errno");

  // SAFETY: char *strerror(int); glibc returns a NUL-terminated string that stays valid in a thread
  // until its next call.
  private static final MethodHandle STRERROR =
      plain("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  // SAFETY: long syscall(long, ...); variadic after the number. Unused arguments are ignored by the
  // kernel, so five longs fit every call that takes no more than five words.
  private static final MethodHandle SYSCALL =
      variadic(
          "syscall",
          1,
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  private Libc() {}

  /** A function that sets {@code errno} and fails with −1. */
  static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type, WITH_ERRNO);
  }

  /** The same with arguments that are variadic from the index {@code from} on. */
  static MethodHandle variadic(String name, int from, FunctionDescriptor type) {
    return LINKER.downcallHandle(
        LIBRARY.findOrThrow(name), type, WITH_ERRNO, Linker.Option.firstVariadicArg(from));
  }

  /** A function that does not touch {@code errno}, or returns its error. */
  static MethodHandle plain(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type);
  }

  /** The address of a function, to be called by others. */
  static MemorySegment address(String name) {
    return LIBRARY.findOrThrow(name);
  }

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
      var errno = arena.allocate(STATE);
      var result = call.into(errno);
      while (result == -1 && (int) ERRNO.get(errno, 0L) == Errno.EINTR) {
        result = call.into(errno);
      }
      return result == -1 ? -(int) ERRNO.get(errno, 0L) : result;
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable impossible) { // a method handle declares Throwable; a C function throws none
      throw new IllegalStateException(impossible);
    }
  }

  /** A system call without a function of its own in the C libraries that we support. */
  static long syscall(String what, long number, long... arguments) throws SyscallFailure {
    var all = Arrays.copyOf(arguments, SYSCALL_ARGUMENTS_MAX);
    return check(
        what,
        errno -> (long) SYSCALL.invokeExact(errno, number, all[0], all[1], all[2], all[3], all[4]));
  }

  static String strerror(int errno) {
    try {
      var text = (MemorySegment) STRERROR.invokeExact(errno);
      return text.reinterpret(256).getString(0);
    } catch (Throwable impossible) {
      return "error " + errno;
    }
  }
}
