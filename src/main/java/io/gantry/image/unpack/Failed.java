package io.gantry.image.unpack;

import io.gantry.errors.RuntimeFault;

/** What the kernel's refusals mean for a layer. */
final class Failed {
  private Failed() {}

  /** {@code result} if it is 0 or more. */
  static int check(String name, String what, int result) {
    if (result < 0) {
      throw fault(name, what, result);
    }
    return result;
  }

  private static RuntimeFault fault(String name, String what, int error) {
    var message = "layer entry '" + Malformed.shown(name) + "': " + what + ": error " + -error;
    return switch (error) {
      case Kernel.ENOSPC, Kernel.EDQUOT ->
          RuntimeFault.exhausted(message + ", no space left (expected: more free space)");
      case Kernel.ENOSYS ->
          RuntimeFault.precondition(message + " (expected: Linux 5.6 or newer, for openat2)");
      default -> RuntimeFault.precondition(message);
    };
  }
}
