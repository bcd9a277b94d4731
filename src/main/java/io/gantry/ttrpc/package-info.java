/**
 * ttrpc: gRPC's calls over a plain byte stream, as containerd's shims speak it. The wire and
 * nothing else.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.ttrpc.TtrpcClient} calls, {@link io.gantry.ttrpc.TtrpcServer} is called; both
 * over Unix sockets, for calls with one request and one answer.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>Many calls are under way on one connection, answered in any order.
 *   <li>The other side is not trusted: a frame over 4 MiB, or one that nobody can have sent, ends
 *       the connection; an answer that comes too late is dropped; what waits is bounded.
 *   <li>A future completes on the context of whoever called.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * What is said (shim); streams of messages, which no service that is spoken to here has.
 */
@NullMarked
package io.gantry.ttrpc;

import org.jspecify.annotations.NullMarked;
