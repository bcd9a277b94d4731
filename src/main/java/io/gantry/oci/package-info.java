/**
 * The documents of the Open Container Initiative, as records.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.oci.RuntimeSpec} is what a runtime gets; {@link io.gantry.oci.Manifest} and
 * {@link io.gantry.oci.ImageConfig} are what a registry sends.
 *
 * <h2>Promises</h2>
 *
 * No input and no output happens here. What came from a registry may be null or wrong in any field:
 * readers check.
 *
 * <h2>Not here</h2>
 *
 * How a specification is put together (container) and how images are fetched (image).
 */
@NullMarked
package io.gantry.oci;

import org.jspecify.annotations.NullMarked;
