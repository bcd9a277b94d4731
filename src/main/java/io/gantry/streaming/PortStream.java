package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/** A connection to a port of a pod. Handlers run on the context that dialled. */
public interface PortStream {
  /** What the pod sends; ends when the pod closes its half. Nothing is lost before a handler. */
  ReadStream<Buffer> fromPod();

  /** What the pod receives; {@code end} closes this half only. */
  WriteStream<Buffer> toPod();

  /** Closes both halves. Idempotent. */
  void close();
}
