/**
 * Streams into containers and pods: the server behind the CRI's Exec, Attach and PortForward.
 *
 * <h2>Start here</h2>
 *
 * {@link io.gantry.streaming.StreamingVerticle} owns the socket; {@link
 * io.gantry.streaming.Streams} gives out the URLs that it serves; {@link
 * io.gantry.streaming.StreamTarget} is the port to what the streams lead to.
 *
 * <pre>
 *   upgraded TCP ──► Link ──► SpdySession ──► SpdyConsole ──► Conversation ──► StreamTarget
 *   WebSocket tunnel ──┘           └────────► SpdyPorts ────► Forwarding ────► StreamTarget
 *   WebSocket ─────► WebSocketChannels ─────► WebSocketConsole, WebSocketPorts ──┘
 * </pre>
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>A URL is good for one stream, within a minute, and is never logged.
 *   <li>Back-pressure goes through in both directions: a client that does not read stops the
 *       reading of what it would be sent, a process that does not read stops the reading of its
 *       client. It is that of the TCP connection, which all streams on it share; SPDY's windows are
 *       not used.
 *   <li>What a client can make the daemon hold is bounded: headers, frames, streams, bytes.
 *   <li>A client that goes away closes its session, whatever that was doing.
 *   <li>A connection carries one request. What follows a refused upgrade is not read.
 * </ul>
 *
 * <h2>Not here</h2>
 *
 * Containers, processes and network namespaces (container, runtime), and the RPCs that ask for URLs
 * (cri).
 */
@NullMarked
package io.gantry.streaming;

import org.jspecify.annotations.NullMarked;
