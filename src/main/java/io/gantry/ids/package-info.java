/**
 * Names: the values by which objects are known, each checked when it is made.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.ids.SandboxId}, {@link io.gantry.ids.ContainerId}, {@link io.gantry.ids.Digest}
 * and {@link io.gantry.ids.ImageRef}.
 *
 * <h2>Promises</h2>
 *
 * A value that exists is well formed and safe in a path. A malformed one is a fault of kind
 * INVALID_ARGUMENT that shows the text and the form expected.
 *
 * <h2>Not here</h2>
 *
 * What the names stand for.
 */
@NullMarked
package io.gantry.ids;

import org.jspecify.annotations.NullMarked;
