package io.gantry.host;

/**
 * This Linux machine, as far as Gantry touches it. The only package that makes syscalls.
 *
 * <p>Call from any thread; nothing blocks. Futures fail with a {@link
 * io.gantry.errors.RuntimeFault} and complete on the context of the caller, never on a thread of
 * this package.
 */
public interface Host {
  Disk disk();

  Processes processes();

  Namespaces namespaces();

  Mounts mounts();

  Cgroups cgroups();

  Watches watches();

  Sockets sockets();

  Fifos fifos();

  /** The kernel's id of this boot: a pid or a start time of another boot means nothing. */
  String bootId();

  /** Whether somebody keeps this machine's clock right, as far as the kernel knows. */
  boolean clockSynchronized();
}
