/**
 * Pod sandboxes: from a request to namespaces with an address, and back to nothing.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.sandbox.Sandboxes} is the only door. {@link io.gantry.sandbox.SandboxState} is
 * the whole life on one page; the steps of each operation are the enums {@code RunStep}, {@code
 * StopStep} and {@code RemoveStep}.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A record is on disk, synced, before the network is asked for an address.
 *   <li>A sandbox that failed to run leaves nothing; one that was half made when the daemon died is
 *       undone at the next start.
 *   <li>A name is never reserved: a retry joins, gets the same sandbox, or replaces the old one.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The plugins (network), the process that holds a shared PID namespace (monitor), containers, which
 * are tenants.
 */
@NullMarked
package io.gantry.sandbox;

import org.jspecify.annotations.NullMarked;
