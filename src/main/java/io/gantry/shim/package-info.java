/**
 * The runtime port over containerd's shims: runc's, gVisor's, Kata's and whatever else speaks the
 * shim API of version 2.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.shim.Shim} makes the driver from a {@link io.gantry.shim.ShimConfig}. Inside,
 * {@code ShimRuntime} has a method a verb; {@code Binary} is a shim's command line, {@code
 * ShimProcess} a running shim and the connection to it, {@code Output} and {@code ContainerLog}
 * what becomes of what containers say, {@code Clearing} how a container goes, {@code Recovery} what
 * a restart makes of it all.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A container and its exit code outlive the daemon. Its output waits meanwhile in a FIFO that
 *       the shim keeps open; what a daemon that is killed had read and not yet written is lost.
 *   <li>What is about to be made is in the ledger first and leaves it last.
 *   <li>A shim that dies takes its containers with it: exit code 255 within 2 s.
 *   <li>A shim is not trusted with the daemon: what it answers is bounded, checked and waited for
 *       with a limit, and no process is signalled by its word alone.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The wire (ttrpc), the OCI configuration (container), the choice of a driver (handler).
 */
@NullMarked
package io.gantry.shim;

import org.jspecify.annotations.NullMarked;
