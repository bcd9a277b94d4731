/**
 * After a restart: what is on record against what runs.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.recovery.Recovery}.
 *
 * <h2>Promises</h2>
 *
 * After a start every container is found, with its exit code and its log; what was half made is
 * undone; no name stays reserved.
 *
 * <h2>Not here</h2>
 *
 * How each part is repaired: its owner does that.
 */
@NullMarked
package io.gantry.recovery;

import org.jspecify.annotations.NullMarked;
