package io.gantry.image.registry;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;

/** Small bodies, whole. */
final class Bodies {
  private Bodies() {}

  /** Reads {@code from} to its end, unless that is more than {@code bytesMax} away. */
  static Future<Buffer> read(Call call, BlobStream from, String what, long bytesMax) {
    var whole = Buffer.buffer();
    Promise<Buffer> end = Promise.promise();
    from.exceptionHandler(end::tryFail);
    from.endHandler(_ -> end.tryComplete(whole));
    from.handler(
        chunk -> {
          if (whole.length() + (long) chunk.length() > bytesMax) {
            end.tryFail(
                RuntimeFault.precondition(
                    what + ": more than " + bytesMax + " bytes (expected: at most that)"));
            from.abandon();
          } else {
            whole.appendBuffer(chunk);
          }
        });
    from.resume();
    return end.future();
  }
}
