/**
 * Who may do what at the doors of administrators: roles, and the tokens that carry them.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.access.Access} makes tokens and knows them again; {@link io.gantry.access.Role}
 * is what one may do.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>The text of a token is told once, to whoever made it. What is kept is a hash, which is of
 *       no use to a thief: the text has 256 random bits.
 *   <li>A token that was revoked, or has expired, is none from that moment on, also across a
 *       restart.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Which operation wants which role (the contract of api), and how a client proves itself on a
 * connection (api).
 */
@NullMarked
package io.gantry.access;

import org.jspecify.annotations.NullMarked;
