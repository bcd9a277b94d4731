/**
 * Gantry: a container runtime for Kubernetes.
 *
 * <h2>Start here</h2>
 *
 * docs/architecture.md has the map of packages; {@link io.gantry.app} puts them together.
 *
 * <h2>Promises</h2>
 *
 * Those of docs/specification.md.
 *
 * <h2>Not here</h2>
 *
 * Everything: this package has only the entry point.
 */
@NullMarked
package io.gantry;

import org.jspecify.annotations.NullMarked;
