/**
 * Stats: what containers and pods use, and what they have used.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.stats.Stats} asks the runtime of each container. {@link io.gantry.stats.Family}
 * lists the metrics of containers by their Prometheus names.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Asking for many is asking a few at a time: other work on the host gets its turn.
 *   <li>Nobody waits for the size of a writable layer: it is measured in the background, at its own
 *       pace, and told with the time at which it was measured.
 *   <li>One container that cannot be asked does not spoil the answer about the others.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Where numbers come from (runtime and its drivers), the CRI's words for them (cri), and what the
 * daemon counts of itself (metrics).
 */
@NullMarked
package io.gantry.stats;

import org.jspecify.annotations.NullMarked;
