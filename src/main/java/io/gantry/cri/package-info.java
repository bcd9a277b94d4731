/**
 * Door 1: the Container Runtime Interface, gRPC on a Unix socket.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.cri.CriVerticle} owns the socket. Each RPC is a method of that name in one of
 * the {@code …Rpcs} classes; {@code …Requests} read the CRI's words and refuse what is not
 * supported, {@code …Answers} speak them.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>The caller's deadline, and a caller that goes away, end its {@link io.gantry.call.Call}.
 *   <li>A fault becomes the status of its kind; what is not built answers UNIMPLEMENTED.
 *   <li>Lists and statuses come from memory and wait for nothing.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Decisions: the capabilities make them. The contract itself is src/main/proto/cri/api.proto.
 */
@NullMarked
package io.gantry.cri;

import org.jspecify.annotations.NullMarked;
