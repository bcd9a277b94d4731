/**
 * The documents held against the code they speak of.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.docs.Markdown} reads a document; each test compares one with the code.
 *
 * <h2>Promises</h2>
 *
 * A package, meter, link or test that a document names is there, and the lists are whole.
 *
 * <h2>Not here</h2>
 *
 * Whether what a document says is well said.
 */
@NullMarked
package io.gantry.docs;

import org.jspecify.annotations.NullMarked;
