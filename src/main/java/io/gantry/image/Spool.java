package io.gantry.image;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.ReadStream;

/** Keeps a stream in a file, up to a size: whoever sends more has filled no disk with it. */
final class Spool {
  private final ReadStream<Buffer> stream;
  private final AsyncFile file;
  private final long bytesMax;
  private final Promise<Void> ended = Promise.promise();
  private long bytes;

  private Spool(ReadStream<Buffer> stream, AsyncFile file, long bytesMax) {
    this.stream = stream;
    this.file = file;
    this.bytesMax = bytesMax;
  }

  /** Complete once all of a paused stream is in the file, which is closed in any case. */
  static Future<Void> keep(ReadStream<Buffer> stream, AsyncFile file, long bytesMax) {
    return new Spool(stream, file, bytesMax).run();
  }

  private Future<Void> run() {
    stream
        .handler(this::take)
        .exceptionHandler(ended::tryFail)
        .endHandler(_ -> ended.tryComplete())
        .resume();
    return ended.future().eventually(file::close);
  }

  private void take(Buffer more) {
    bytes += more.length();
    if (bytes > bytesMax) {
      ended.tryFail(
          RuntimeFault.exhausted(
              "archive: more than " + bytesMax + " bytes (expected: " + bytesMax + " at most)"));
    }
    if (ended.future().isComplete()) {
      return; // the rest is read and dropped
    }
    file.write(more).onFailure(ended::tryFail);
    if (file.writeQueueFull()) {
      stream.pause();
      file.drainHandler(_ -> stream.resume());
    }
  }
}
