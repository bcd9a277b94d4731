/**
 * Devices by the Container Device Interface (CDI): a vendor's files say what a container needs to
 * use a device of a name such as {@code vendor.example/gpu=0}.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.cdi.Cdi}: names in, {@link io.gantry.cdi.Edits} out.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A file counts from the moment it is there, and no longer once it is gone: folders are
 *       looked at whenever devices are asked for.
 *   <li>A name that nobody or two files of one folder define is refused, with the files' names and
 *       their mistakes; so is what a file asks for and this version does not do.
 *   <li>A file with a mistake costs its own devices and no others.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * The container's configuration (container), hooks (the OCI runtime runs them).
 */
@NullMarked
package io.gantry.cdi;

import org.jspecify.annotations.NullMarked;
