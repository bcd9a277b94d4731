/**
 * The port to whatever runs containers.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.runtime.PodRuntime}: pods first, then container verbs. Every driver passes the
 * same contract suite.
 *
 * <h2>Promises</h2>
 *
 * Written at the interface. A container outlives the daemon, and its exit code and log with it.
 *
 * <h2>Not here</h2>
 *
 * Drivers (monitor), the choice among them (handler), what containers mean (container).
 */
@NullMarked
package io.gantry.runtime;

import org.jspecify.annotations.NullMarked;
