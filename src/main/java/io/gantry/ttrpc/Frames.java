package io.gantry.ttrpc;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** Bytes as they come, put together to frames. Holds no more than one frame that is not whole. */
final class Frames {
  private final Consumer<Frame> taker;
  private Buffer held = Buffer.buffer();

  Frames(Consumer<Frame> taker) {
    this.taker = taker;
  }

  /**
   * Hands over what is whole now.
   *
   * @throws RuntimeFault INTERNAL if a frame says that it is longer than any may be: the rest of
   *     the stream means nothing then
   */
  void take(Buffer more) {
    held = held.length() == 0 ? more : held.appendBuffer(more);
    var from = 0;
    while (held.length() - from >= Frame.HEADER_BYTES) {
      var length = held.getUnsignedInt(from);
      if (length > Frame.PAYLOAD_BYTES_MAX) {
        throw RuntimeFault.internal(
            "ttrpc frame: " + length + " bytes (expected: at most " + Frame.PAYLOAD_BYTES_MAX + ")",
            null);
      }
      var end = from + Frame.HEADER_BYTES + (int) length;
      if (held.length() < end) {
        break;
      }
      taker.accept(frame(from, end));
      from = end;
    }
    held = held.getBuffer(from, held.length());
  }

  private Frame frame(int from, int end) {
    return new Frame(
        held.getInt(from + 4),
        held.getByte(from + 8),
        held.getByte(from + 9),
        held.getBuffer(from + Frame.HEADER_BYTES, end));
  }
}
