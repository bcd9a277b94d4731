/**
 * The configuration: one YAML file, the environment and flags, as the owners' records.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.config.Key} lists every key with its default; {@link
 * io.gantry.config.Configuration} reads and checks them; {@link io.gantry.config.Owners} makes the
 * records.
 *
 * <h2>Promises</h2>
 *
 * An empty file works. An unknown key or a value of the wrong form is refused, by name, with what
 * was expected.
 *
 * <h2>Not here</h2>
 *
 * What a value is for: its owner's record says it.
 */
@NullMarked
package io.gantry.config;

import org.jspecify.annotations.NullMarked;
