/**
 * Metrics: names, units and the registry behind them.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.metrics.Meter} lists every meter; {@link io.gantry.metrics.Metrics} has one
 * method for each.
 *
 * <h2>Promises</h2>
 *
 * Safe from any thread, never blocks. Times are in seconds, sizes in bytes.
 *
 * <h2>Not here</h2>
 *
 * The endpoint that Prometheus scrapes (api) and the numbers of containers (stats).
 */
@NullMarked
package io.gantry.metrics;

import org.jspecify.annotations.NullMarked;
