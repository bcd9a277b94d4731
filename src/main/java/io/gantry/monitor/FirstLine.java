package io.gantry.monitor;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** The first line of a stream whose end may never come. */
final class FirstLine {
  private final Buffer said = Buffer.buffer();
  private final Promise<String> line = Promise.promise();
  private final int bytesMax;

  private FirstLine(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  static Future<String> of(ReadStream<Buffer> stream, int bytesMax) {
    var reading = new FirstLine(bytesMax);
    stream.exceptionHandler(cause -> reading.line.tryFail(RuntimeFault.of(cause)));
    stream.endHandler(_ -> reading.ended());
    stream.handler(reading::take);
    return reading.line.future();
  }

  private void take(Buffer bytes) {
    if (line.future().isComplete()) {
      return;
    }
    said.appendBuffer(bytes);
    var text = said.toString();
    var end = text.indexOf('\n');
    if (end >= 0) {
      line.tryComplete(text.substring(0, end));
    } else if (said.length() > bytesMax) {
      line.tryFail(
          RuntimeFault.internal(
              "conmon: a line over " + bytesMax + " bytes (expected: less)", null));
    }
  }

  private void ended() {
    line.tryFail(RuntimeFault.internal("conmon: no answer (expected: a line of JSON)", null));
  }
}
