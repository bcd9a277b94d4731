/**
 * Door 2: HTTP. The REST API that {@code openapi.yaml} describes, on a Unix socket, and the metrics
 * that Prometheus scrapes.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.api.ApiVerticle}: a class a resource, {@code Door} for what all operations have
 * in common; {@link io.gantry.api.MetricsVerticle}.
 *
 * <h2>Promises</h2>
 *
 * No secret is shown: environment, arguments and annotations stay inside. What belongs to the
 * kubelet is not changed without an override. Metrics listen on the loopback unless told otherwise.
 *
 * <h2>Not here</h2>
 *
 * What is counted (metrics).
 */
@NullMarked
package io.gantry.api;

import org.jspecify.annotations.NullMarked;
