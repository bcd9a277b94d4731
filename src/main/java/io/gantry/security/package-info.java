/**
 * What the kernel holds a process to, beyond its user and its capabilities: seccomp, AppArmor and
 * SELinux.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.security.Confinement}: what was asked for, turned into what a runtime is told.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>What is asked for and this host does not have is refused by name, never passed over.
 *   <li>The default seccomp profile is {@code seccomp-default.json} beside this package, in the
 *       same format as an operator's own; decision 0018 says what it leaves out and why.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Capabilities, masked paths, users and which files get a label (container); filters in the kernel
 * (the OCI runtime).
 */
@NullMarked
package io.gantry.security;

import org.jspecify.annotations.NullMarked;
