package io.gantry.runtime;

import java.time.Instant;

/**
 * How a process ended.
 *
 * @param code the exit code; 128 and the signal's number after a signal
 * @param oomKilled whether the kernel killed for want of memory in its group
 * @param known false if nobody was there to see it: code is 255 then
 */
public record ExitStatus(int code, Instant at, boolean oomKilled, boolean known) {
  /** Nobody saw the end: the monitor died, or the host rebooted. */
  public static ExitStatus unknown(Instant at) {
    return new ExitStatus(255, at, false, false);
  }
}
