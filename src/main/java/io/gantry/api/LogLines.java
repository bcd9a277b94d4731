package io.gantry.api;

import io.vertx.core.buffer.Buffer;

/**
 * Lines of the CRI's log format as the container said them: without time, stream and tag, and with
 * partial lines joined again.
 */
final class LogLines {
  /** A line of the file is at most this long; a longer one is not of our making. */
  private static final int LINE_BYTES_MAX = 1 << 20;

  private final boolean asTheyAre;
  private Buffer rest = Buffer.buffer();

  LogLines(boolean asTheyAre) {
    this.asTheyAre = asTheyAre;
  }

  /** What can be shown once {@code block} has come. */
  Buffer take(Buffer block) {
    if (asTheyAre) {
      return block;
    }
    var all = rest.appendBuffer(block);
    var shown = Buffer.buffer();
    var from = 0;
    for (var at = 0; at < all.length(); at++) {
      if (all.getByte(at) == '\n') {
        show(all, from, at, shown);
        from = at + 1;
      }
    }
    rest =
        all.length() - from > LINE_BYTES_MAX ? Buffer.buffer() : all.getBuffer(from, all.length());
    return shown;
  }

  /** {@code time stream tag content}; the tag begins with P where the line goes on. */
  private static void show(Buffer all, int from, int to, Buffer shown) {
    var content = from;
    var tag = from;
    for (var field = 0; field < 3; field++) {
      tag = content;
      while (content < to && all.getByte(content) != ' ') {
        content++;
      }
      content = Math.min(to, content + 1);
    }
    shown.appendBuffer(all, content, to - content);
    if (tag >= to || all.getByte(tag) != 'P') {
      shown.appendByte((byte) '\n');
    }
  }
}
