/**
 * Calls: what accompanies a piece of work from the door to the kernel.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.call.Call} comes first in every capability method. {@link io.gantry.call.Flow}
 * runs named steps and undoes them; {@link io.gantry.call.Lane} puts the transitions of one object
 * in order; {@link io.gantry.call.Flights} lets a retry join work under way.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Everything completes on the context of its caller.
 *   <li>What a flow has begun is undone when it fails, the last first.
 *   <li>Deadlines use the monotonic clock.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Where calls come from (cri, api) and what they change (sandbox, container, image).
 */
@NullMarked
package io.gantry.call;

import org.jspecify.annotations.NullMarked;
