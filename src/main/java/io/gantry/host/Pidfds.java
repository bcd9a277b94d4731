package io.gantry.host;

import java.io.IOException;
import java.util.OptionalInt;

/** Handles on processes that may be anyone's children. */
final class Pidfds {
  private Pidfds() {}

  /**
   * A pidfd of the process, if it is still there. The descriptor comes first: what it stands for
   * cannot change any more when the start time is compared.
   */
  static OptionalInt open(ProcessRef process) throws IOException {
    int pidfd;
    try {
      pidfd = ProcessCalls.pidfd(process.pid());
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ESRCH) || failure.is(Errno.EINVAL) || failure.is(Errno.ENOENT)) {
        return OptionalInt.empty(); // no process, or a mere thread has the number now
      }
      throw failure;
    }
    var found = false;
    try {
      found = ProcessTable.find(process).isPresent();
    } finally {
      if (!found) {
        Descriptors.close(pidfd);
      }
    }
    return found ? OptionalInt.of(pidfd) : OptionalInt.empty();
  }

  /** Sends a signal; without effect if the process is gone. */
  static void send(ProcessRef process, int signal) throws IOException {
    var pidfd = open(process);
    if (pidfd.isEmpty()) {
      return;
    }
    try {
      ProcessCalls.signal(pidfd.getAsInt(), signal);
    } catch (SyscallFailure failure) {
      if (!failure.is(Errno.ESRCH)) {
        throw failure;
      }
    } finally {
      Descriptors.close(pidfd.getAsInt());
    }
  }
}
