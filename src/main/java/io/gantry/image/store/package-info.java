/**
 * The image store: layers as directories, by the digest of what they hold.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.image.store.ImageStore} is the only one that knows a path.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A layer is under its name complete or not at all.
 *   <li>What a dead daemon left half done is deleted at the next start.
 *   <li>Nobody but root can enter the store; the roots of layers keep the modes that images gave
 *       them.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Which layers are needed (image), and how they are filled (image.unpack).
 */
@NullMarked
package io.gantry.image.store;

import org.jspecify.annotations.NullMarked;
