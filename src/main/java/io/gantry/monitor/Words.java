package io.gantry.monitor;

import io.gantry.driver.Complaint;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** What a process says on its standard error, as far as anybody will read it. */
final class Words {
  private static final int DRAIN_MILLIS = 200;

  private final Buffer said = Buffer.buffer();
  private final Promise<Void> ended = Promise.promise();

  private Words() {}

  static Words of(ReadStream<Buffer> stream, int bytesMax) {
    var words = new Words();
    stream.exceptionHandler(_ -> words.ended.tryComplete());
    stream.endHandler(_ -> words.ended.tryComplete());
    stream.handler(
        bytes -> {
          if (words.said.length() < bytesMax) {
            words.said.appendBuffer(bytes);
          }
        });
    return words;
  }

  /** All of it, once the stream has ended; a holder of the pipe that stays does not delay long. */
  Future<String> settled(Vertx vertx) {
    var timer = vertx.setTimer(DRAIN_MILLIS, _ -> ended.tryComplete());
    return ended
        .future()
        .map(
            _ -> {
              vertx.cancelTimer(timer);
              return Complaint.words(said.toString());
            });
  }
}
