/**
 * The runtime port over conmon and an OCI command line: runc, crun and what behaves like them; and
 * gVisor's runsc, which does not ({@code StandIn}, {@code Signals}).
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.monitor.Conmon} makes the driver from a {@link io.gantry.monitor.ConmonConfig}.
 * Inside, {@code ConmonRuntime} has a method a verb; {@code Launch} is how a container comes to be,
 * {@code Exits} how its end is known, {@code Clearing} how it goes, {@code Recovery} what a restart
 * makes of it all.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>One conmon a container owns its output and its exit code, and outlives the daemon.
 *   <li>What is about to be made is in the ledger first and leaves it last: what a killed daemon
 *       left half made is found and cleared.
 *   <li>A conmon that dies takes its container with it: exit code 255 within 2 s.
 *   <li>Processes are never mistaken for later ones of the same pid.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The OCI configuration (container), image layers (image), the choice of a driver (handler).
 */
@NullMarked
package io.gantry.monitor;

import org.jspecify.annotations.NullMarked;
