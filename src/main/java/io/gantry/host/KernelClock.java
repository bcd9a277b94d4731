package io.gantry.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** What the kernel knows of its clock: adjtimex(2). */
final class KernelClock {
  private static final long TIMEX_BYTES = 208;
  private static final int TIME_ERROR = 5;

  // SAFETY: int adjtimex(struct timex *); with modes 0 it changes nothing and fills the structure,
  // whose size is 208 bytes on 64-bit Linux.
  private static final MethodHandle ADJTIMEX =
      Libc.function("adjtimex", FunctionDescriptor.of(JAVA_INT, ADDRESS));

  private KernelClock() {}

  static boolean isSynchronized() throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var timex = arena.allocate(TIMEX_BYTES, Long.BYTES);
      return Libc.check("adjtimex", errno -> (int) ADJTIMEX.invokeExact(errno, timex))
          != TIME_ERROR;
    }
  }
}
