/**
 * A client of the CRI, the demo that is told with it, and what the demo needs: a daemon to start
 * and kill, and an image to push.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.client.CriClient} speaks to any CRI socket. {@link io.gantry.client.Demo} is
 * what {@code make demo} runs.
 *
 * <h2>Promises</h2>
 *
 * Nothing here knows the daemon's insides: only its socket, its command line and its files.
 *
 * <h2>Not here</h2>
 *
 * Conformance, which is critest's business (src/test/conformance).
 */
@NullMarked
package io.gantry.client;

import org.jspecify.annotations.NullMarked;
