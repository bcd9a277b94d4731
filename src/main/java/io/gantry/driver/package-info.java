/**
 * What the drivers of the runtime port have in common, whatever they drive.
 *
 * <h2>Start here</h2>
 *
 * Nothing here is a driver. {@link io.gantry.driver.Ledger} is what each has made; {@link
 * io.gantry.driver.Numbers} reads what containers use; {@link io.gantry.driver.Allowed} says what a
 * process may be given on this host; {@link io.gantry.driver.ExecKin} ends an exec with all that it
 * started; {@link io.gantry.driver.PodInit} is what holds a pod.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Nothing here keeps state of its own but for files that it names.
 *   <li>What {@link io.gantry.driver.Outcome} and {@link io.gantry.driver.Patience} give out
 *       completes on the context of whoever asks.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The port (runtime), the drivers (monitor, shim), the choice among them (handler).
 */
@NullMarked
package io.gantry.driver;

import org.jspecify.annotations.NullMarked;
