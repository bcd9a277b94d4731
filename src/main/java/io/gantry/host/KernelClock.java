package io.gantry.host;

import java.lang.foreign.Arena;

/** What the kernel knows of its clock: adjtimex(2). */
final class KernelClock {
  private static final long TIMEX_BYTES = 208;
  private static final int TIME_ERROR = 5;

  // SAFETY: int adjtimex(struct timex *); with modes 0 it changes nothing and fills the structure,
  // whose size is 208 bytes on 64-bit Linux.
  private static final CFunction ADJTIMEX = CFunction.ints("adjtimex");

  private KernelClock() {}

  static boolean isSynchronized() throws SyscallFailure {
    try (var arena = Arena.ofConfined()) {
      var timex = arena.allocate(TIMEX_BYTES, Long.BYTES);
      return Libc.check("adjtimex", errno -> ADJTIMEX.call(errno, timex.address())) != TIME_ERROR;
    }
  }
}
