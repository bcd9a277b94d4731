/**
 * Images: from a reference to directories that an overlay can be made of.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.image.Images} is the only door. {@code Pull} is a pull in five steps; {@code
 * Shelf} knows which layers are here and who needs them.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Lists and finds answer from memory, in the middle of any pull.
 *   <li>An image that is found is complete, verified, and on the disk.
 *   <li>A layer is taken without a download only if this node has verified that very blob before
 *       and this registry lets these credentials have it.
 *   <li>A pull that fails or is given up leaves nothing; one that dies with the daemon leaves what
 *       the next start deletes.
 *   <li>Changes of records take effect one at a time; so do changes of what is on the shelf.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * HTTP (image.registry), archives (image.unpack), paths (image.store), mounts (runtime).
 */
@NullMarked
package io.gantry.image;

import org.jspecify.annotations.NullMarked;
