/**
 * Facts on their way to those who follow them: a ring in memory, cursors into it, and the wake-up.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.events.FactRing} holds the newest facts; {@link io.gantry.events.FactReader}
 * brings them to a verticle; {@link io.gantry.events.Cursor} is for those who would rather poll.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A reader sees every fact after its start once, in order, or is told exactly which it
 *       missed. Resuming, falling behind and a restart are the same thing: a gap.
 *   <li>Reading takes no lock; a slow reader delays neither the writer nor another reader, and
 *       costs no memory beyond the ring.
 *   <li>The event bus carries wake-ups only, never a fact. A wake-up that it drops is made good
 *       within a second.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * What a fact says (container, sandbox, image), and the facts that the ring has forgotten (state).
 */
@NullMarked
package io.gantry.events;

import org.jspecify.annotations.NullMarked;
