/**
 * Containers: from a request to a process with an exit code, and back to nothing.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.container.Containers} is the only door. {@link
 * io.gantry.container.ContainerState} is the whole life on one page; {@code SpecWriter} makes the
 * OCI configuration.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>One container's transitions happen one at a time, in call order; waiting is none.
 *   <li>A state is on disk before its fact is told.
 *   <li>A failed create leaves no bundle, mount or reserved name.
 *   <li>The end of a container is recorded whoever caused it, also while the daemon was away.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Namespaces and addresses (sandbox, network), log files and exit codes (monitor), layers (image).
 */
@NullMarked
package io.gantry.container;

import org.jspecify.annotations.NullMarked;
