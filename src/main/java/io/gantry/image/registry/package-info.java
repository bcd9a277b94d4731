/**
 * Registries: manifests, configurations and blobs by the OCI distribution specification.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.image.registry.Registries} opens a {@link io.gantry.image.registry.Repository}
 * for one pull; {@link io.gantry.image.registry.Archives} does of an archive that is a file.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Manifests and configurations come back verified and capped. A blob comes as a stream that
 *       its reader verifies.
 *   <li>Credentials go to the server that answers for the reference's host, and to the token server
 *       that it names; never to a mirror, and never along a redirect.
 *   <li>A transfer fails when no byte arrives for the stall timeout; however slow, it goes on
 *       otherwise.
 *   <li>A key of hosts.toml that is not understood is an error.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Unpacking (image.unpack), what is already on this node (image) and pushing.
 */
@NullMarked
package io.gantry.image.registry;

import org.jspecify.annotations.NullMarked;
