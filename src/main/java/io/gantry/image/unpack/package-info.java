/**
 * Unpacking: from the bytes of a layer, as they arrive, to a directory for overlayfs.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.image.unpack.Unpacker} is the door. Inside, a layer goes through a line of
 * streams on one thread, and the last one's files through {@code LayerTree}; {@code Seam} makes
 * what a layer leaves to those below it:
 *
 * <pre>
 *   event loop ─► Inlet ─► hash ─► decode ─► hash ─► TarReader ─► LayerTree ─► files
 *            bounded queue  blob              diffID
 * </pre>
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>The layer is hostile. No entry of it touches anything outside the directory it is unpacked
 *       into: every path is resolved by the kernel inside that root.
 *   <li>Memory is bounded whatever the layer holds, and so are its entries and bytes.
 *   <li>Every byte is hashed, also those after the end of the archive.
 *   <li>A failed or cancelled layer stops its thread; what it has written is its caller's to
 *       delete.
 * </ul>
 *
 * <h2>Exceptions to the rules</h2>
 *
 * This package calls the C library itself, by {@link io.gantry.host.CFunction}: what it needs are
 * calls relative to a directory that is open, a million times a layer, and {@code host} would have
 * nothing to add to them. It reads tar itself because the library at hand decodes extended headers
 * as text, which destroys file capabilities, and holds as much of them in memory as an archive
 * cares to send.
 *
 * <h2>Not here</h2>
 *
 * Where layers come from (image.registry), where they live (image.store), whether their digests are
 * the ones wanted (image).
 */
@NullMarked
package io.gantry.image.unpack;

import org.jspecify.annotations.NullMarked;
