package io.gantry.host;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/**
 * A connected socket of ours. Handlers run, and futures complete, on the context that asked for it.
 */
public interface Connection {
  /**
   * What the other side sends, with back-pressure; of a socket of packets, one buffer is one
   * packet. Nothing is read before a handler is set. Ends when the other side has ended its half.
   */
  ReadStream<Buffer> reading();

  /**
   * What the other side receives; of a socket of packets, one buffer is one packet. {@code end}
   * ends this half only.
   */
  WriteStream<Buffer> writing();

  /** Closes both halves. Idempotent. */
  void close();
}
