/**
 * The rules of the code that a compiler does not know.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.architecture.PackageMap} is the order of packages; {@link
 * io.gantry.architecture.ArchitectureTest} holds the code against it and against the other rules of
 * docs/style.md.
 *
 * <h2>Promises</h2>
 *
 * A package that is not on the map, or that looks down the map, fails the build.
 *
 * <h2>Not here</h2>
 *
 * Format and nullness, which the build checks itself.
 */
@NullMarked
package io.gantry.architecture;

import org.jspecify.annotations.NullMarked;
