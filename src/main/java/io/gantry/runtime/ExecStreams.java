package io.gantry.runtime;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Optional;

/**
 * The streams of a process. Handlers run, and futures complete, on the context that asked for them.
 */
public interface ExecStreams {
  /** Present if it was asked for; {@code end} is the end of the input. */
  Optional<WriteStream<Buffer>> stdin();

  /**
   * Present if it was asked for. Nothing is lost before a handler is set. While it is paused an
   * exec's process waits; of what is attached, a slow reader loses what does not fit a buffer. Ends
   * soon after the process has, whoever else holds its output.
   */
  Optional<ReadStream<Buffer>> stdout();

  /** As {@link #stdout}; with a terminal nothing comes. */
  Optional<ReadStream<Buffer>> stderr();

  /** Sets the size of the terminal, in characters; without one nothing happens. */
  Future<Void> resize(int width, int height);

  /** The exit code; 128 and the signal's number if a signal ended it. */
  Future<Integer> exit();

  /**
   * Lets go. An exec that still runs comes to the end of its input, and is killed with its kin
   * after a grace; what is attached lives on. Idempotent.
   */
  void close();
}
