package io.gantry.security;

import io.gantry.errors.RuntimeFault;

/**
 * What seccomp profiles ask of a machine.
 *
 * @param goName Go's name of the architecture
 * @param seccompName libseccomp's
 */
record Machine(String goName, String seccompName, KernelVersion kernel) {
  /**
   * @param architecture as Java names it
   * @param release as {@code uname -r} says it
   */
  static Machine of(String architecture, String release) {
    var kernel = KernelVersion.parse(release);
    return switch (architecture) {
      case "amd64", "x86_64" -> new Machine("amd64", "SCMP_ARCH_X86_64", kernel);
      case "aarch64", "arm64" -> new Machine("arm64", "SCMP_ARCH_AARCH64", kernel);
      default ->
          throw RuntimeFault.precondition(
              "architecture: " + architecture + " (expected: x86_64 or aarch64)");
    };
  }
}
