/**
 * Failures: one type, eight kinds.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.errors.RuntimeFault} is all there is. A kind says what a caller can do; the
 * message says what is wrong with which object.
 *
 * <h2>Promises</h2>
 *
 * Every future that a capability returns fails with a fault and nothing else. Only {@code INTERNAL}
 * carries a stack trace.
 *
 * <h2>Not here</h2>
 *
 * The translation to gRPC codes (cri) and to HTTP (api).
 */
@NullMarked
package io.gantry.errors;

import org.jspecify.annotations.NullMarked;
