/**
 * The {@code gantry} command: what an administrator types. Another program in the same jar, which
 * knows the daemon only through its REST API.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.cli.GantryCommand} lists the commands, a class each; each says by a {@code
 * Signature} what it takes; {@code RestClient} asks the daemon.
 *
 * <h2>Promises</h2>
 *
 * Tables for people and {@code -o json|yaml} for programs; colour only on a terminal. Exit codes: 0
 * done, 1 the daemon says no, 2 wrong usage, 3 the daemon does not answer, 4 the doctor finds
 * something broken.
 *
 * <h2>Not here</h2>
 *
 * Any decision: that is the daemon's (api). Reflection, parsers and pools that a list of containers
 * does not need: they took longer than the list (docs/performance.md).
 */
@NullMarked
package io.gantry.cli;

import org.jspecify.annotations.NullMarked;
