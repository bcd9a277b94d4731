package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.nio.file.Path;

/**
 * FIFOs: pipes with a name, whose other ends are somebody else's. Nobody waits for those: an end is
 * opened at once or not at all. Handlers run, and futures complete, on the context that asked.
 */
public interface Fifos {
  /** Makes one that only this user may open; a file that lies there is replaced. */
  Future<Void> make(Path fifo);

  /**
   * Keeps both ends open, so that nobody who opens one waits for the other, and nothing that was
   * written is lost; nothing is read.
   *
   * @return lets go; idempotent
   */
  Future<Runnable> hold(Path fifo);

  /**
   * The end that is read. It is over as soon as nobody has the other one open, so somebody has to
   * by now, or {@link #hold} does.
   */
  Future<Source> reading(Path fifo);

  /**
   * The end that is written. What is written is kept until somebody reads it, or the sink is
   * closed: it does not break when the readers go.
   */
  Future<Sink> writing(Path fifo);

  /** What others write. */
  interface Source {
    /** With back-pressure: while it is paused the FIFO fills, and the writers wait. */
    ReadStream<Buffer> stream();

    /** Completes when what the FIFO holds now has been handed over, if the reader never pauses. */
    Future<Void> settled();

    /** Ends the stream with what has been read so far. Idempotent. */
    void close();
  }

  /** What others read. */
  interface Sink {
    /** Its {@code end} closes this end only; the readers see it when no other writer is left. */
    WriteStream<Buffer> stream();

    /** Writes that are not done fail. Idempotent. */
    void close();
  }
}
