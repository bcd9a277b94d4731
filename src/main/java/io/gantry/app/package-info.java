/**
 * The daemon put together: wiring, verticles, the command line of {@code gantryd}.
 *
 * <h2>Start here</h2>
 *
 * {@code Gantry} makes each part once, in order. {@link io.gantry.app.Daemon} is the command.
 *
 * <h2>Promises</h2>
 *
 * The doors open once recovery is complete. SIGTERM leaves containers running.
 *
 * <h2>Not here</h2>
 *
 * Decisions about containers: this package only connects.
 */
@NullMarked
package io.gantry.app;

import org.jspecify.annotations.NullMarked;
