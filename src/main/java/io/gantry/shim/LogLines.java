package io.gantry.shim;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * The log format of the CRI: {@code time stream tag content}, where the tag F ends a line and P
 * does not. What is read without the end of its line is written as it is: nothing of a log waits in
 * memory for the rest of a line. Pure.
 */
final class LogLines {
  /** The longest content of one line of a log, as below containerd. */
  static final int CONTENT_BYTES_MAX = 16 << 10;

  private static final byte NEWLINE = '\n';
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'+00:00'")
          .withZone(ZoneOffset.UTC);

  private LogLines() {}

  /**
   * What to append for what has been read.
   *
   * @param stream {@code stdout} or {@code stderr}
   */
  static Buffer of(Instant at, String stream, Buffer read) {
    var head = (TIME.format(at) + " " + stream + " ").getBytes(StandardCharsets.US_ASCII);
    var bytes = read.getBytes();
    var lines = Buffer.buffer(bytes.length + 4 * head.length);
    var from = 0;
    while (from < bytes.length) {
      var end = end(bytes, from);
      var whole = end < bytes.length && bytes[end] == NEWLINE;
      lines.appendBytes(head).appendByte((byte) (whole ? 'F' : 'P')).appendByte((byte) ' ');
      lines.appendBytes(bytes, from, end - from).appendByte(NEWLINE);
      from = whole ? end + 1 : end;
    }
    return lines;
  }

  /** Where the line that begins at {@code from} ends, or its first part. */
  private static int end(byte[] bytes, int from) {
    var limit = Math.min(bytes.length, from + CONTENT_BYTES_MAX);
    for (var at = from; at < limit; at++) {
      if (bytes[at] == NEWLINE) {
        return at;
      }
    }
    return limit;
  }
}
