/**
 * What this host has of what Gantry needs, and what to do about what it lacks.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.doctor.Doctor} examines; a {@link io.gantry.doctor.Finding} is one thing that
 * was looked at. The classes named {@code …Checks} look, one for each part of the host.
 *
 * <h2>Promises</h2>
 *
 * The host stays as it was: what is tried out, is tried in a folder of its own that is gone
 * afterwards. It works beside a running daemon and without one. A check that itself fails is a
 * finding, and keeps no other from being made.
 *
 * <h2>Not here</h2>
 *
 * What a running daemon uses: its handlers and its network tell that themselves (handler, network),
 * and are only quoted here.
 */
@NullMarked
package io.gantry.doctor;

import org.jspecify.annotations.NullMarked;
