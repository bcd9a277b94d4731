package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/** A process that this daemon spawned. It is reaped whether or not anyone asks for its exit. */
public interface Child {
  ProcessRef ref();

  /** The exit code; 128 and the signal's number if a signal ended it. */
  Future<Integer> exit();

  /**
   * What the child writes to this descriptor, paused until a handler is set; with back-pressure:
   * while paused, the pipe fills and the child waits. Handlers run on the context that spawned the
   * child. Ends when the last holder of the pipe closes it, which may be long after the exit, or
   * never: use {@link #close}.
   */
  ReadStream<Buffer> reading(int descriptor);

  /** What the child reads from this descriptor; {@code end} closes it. */
  WriteStream<Buffer> writing(int descriptor);

  /**
   * Ends the streams, though somebody else may hold the pipes as well: of what the child wrote all
   * that has come by now is still read, however slowly, and nothing more.
   */
  void finish();

  /** Closes the daemon's ends of all pipes. The process itself is left alone. */
  void close();
}
