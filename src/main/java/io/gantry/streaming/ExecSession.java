package io.gantry.streaming;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Optional;

/**
 * A process whose streams are in somebody's hands. All handlers run, and all futures complete, on
 * the context that asked for the session.
 */
public interface ExecSession {
  /** Present if it was asked for. {@code end} is the end of the input. */
  Optional<WriteStream<Buffer>> stdin();

  /**
   * Present if it was asked for. Nothing is lost before a handler is set. While it is paused the
   * process waits, or, where others read the same output, this reader loses some. Ends at the
   * latest a grace after {@link #exit}, though a grandchild may hold the pipe.
   */
  Optional<ReadStream<Buffer>> stdout();

  /** As {@link #stdout}; never present with a terminal. */
  Optional<ReadStream<Buffer>> stderr();

  /** Tells a terminal its size in characters; without a terminal nothing happens. */
  Future<Void> resize(int width, int height);

  /** The exit code of the process; 128 and the signal's number if a signal ended it. */
  Future<Integer> exit();

  /**
   * Nobody is there any more: called once when the client has gone, or has been told all. The input
   * of an exec ends, and after a grace its process is killed; what is attached is let go, and lives
   * on. After the exit it only gives back what is held.
   */
  void close();
}
