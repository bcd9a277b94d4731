/**
 * The Linux host: processes, namespaces, sockets in them, mounts, control groups, file work and
 * watches.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.host.Host} gives the parts; {@link io.gantry.host.LinuxHost} is the real one.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>The only package with syscalls. Descriptors of our own are non-blocking on one epoll loop.
 *   <li>No user code runs on a thread of this package: futures and handlers come on the caller's
 *       context.
 *   <li>A child gets the descriptors it was given and no other, and a clean signal mask.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * What the processes are for (monitor, network) and what the mounts hold (image, container).
 */
@NullMarked
package io.gantry.host;

import org.jspecify.annotations.NullMarked;
