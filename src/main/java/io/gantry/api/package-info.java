/**
 * Door 2: HTTP. For now the metrics that Prometheus scrapes, and a health check.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.api.MetricsVerticle}.
 *
 * <h2>Promises</h2>
 *
 * Listens on the loopback unless told otherwise; answers from memory.
 *
 * <h2>Not here</h2>
 *
 * What is counted (metrics).
 */
@NullMarked
package io.gantry.api;

import org.jspecify.annotations.NullMarked;
