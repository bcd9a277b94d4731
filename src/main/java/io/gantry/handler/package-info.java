/**
 * Runtime handlers: the names that a pod's RuntimeClass gives, and what stands behind each.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.handler.Handlers}, opened over a {@link io.gantry.handler.HandlersConfig}.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Each handler is probed at the start, and when it is asked for again, and runs one container
 *       ({@link io.gantry.handler.Trial}) unless it has since its binary changed. A broken one is
 *       listed with what is wrong and refused with the same words; it stops nothing else.
 *   <li>{@code ""} is the default handler.
 *   <li>Answers come from memory.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The drivers themselves (monitor): whoever opens the handlers says how one is made.
 */
@NullMarked
package io.gantry.handler;

import org.jspecify.annotations.NullMarked;
