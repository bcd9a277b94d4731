package io.gantry.monitor;

import io.vertx.core.buffer.Buffer;

/**
 * Takes the CRI's log format apart as it comes: {@code time stream F|P text}, where F is a whole
 * line and P a part of one. What a command wrote is put together again, to the last byte.
 *
 * <pre>
 *   TIME ──' '──► STREAM ──' '──► TAG ──' '──► TEXT ──'\n'──► TIME
 * </pre>
 */
final class CriLines {
  private enum Field {
    TIME,
    STREAM,
    TAG,
    TEXT
  }

  private static final byte[] NEWLINE = {'\n'};

  private final int bytesMax;
  private final Buffer stdout = Buffer.buffer();
  private final Buffer stderr = Buffer.buffer();
  private final StringBuilder word = new StringBuilder();
  private Field field = Field.TIME;
  private boolean toStderr;
  private boolean partial;
  private boolean truncated;

  /**
   * @param bytesMax kept of each stream
   */
  CriLines(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  void take(Buffer log) {
    var bytes = log.getBytes();
    var at = 0;
    while (at < bytes.length) {
      at = field == Field.TEXT ? text(bytes, at) : header(bytes, at);
    }
  }

  Buffer stdout() {
    return stdout;
  }

  Buffer stderr() {
    return stderr;
  }

  /** Whether more was written than is kept. */
  boolean truncated() {
    return truncated;
  }

  private int header(byte[] bytes, int at) {
    if (bytes[at] != ' ') {
      word.append((char) bytes[at]);
      return at + 1;
    }
    switch (field) {
      case TIME -> field = Field.STREAM;
      case STREAM -> {
        toStderr = word.toString().equals("stderr");
        field = Field.TAG;
      }
      case TAG -> {
        partial = word.toString().startsWith("P");
        field = Field.TEXT;
      }
      case TEXT -> throw new IllegalStateException("text is no header");
    }
    word.setLength(0);
    return at + 1;
  }

  private int text(byte[] bytes, int from) {
    var end = from;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    keep(bytes, from, end - from);
    if (end == bytes.length) {
      return end;
    }
    if (!partial) {
      keep(NEWLINE, 0, 1);
    }
    field = Field.TIME;
    return end + 1;
  }

  private void keep(byte[] bytes, int from, int length) {
    var stream = toStderr ? stderr : stdout;
    var kept = Math.min(length, bytesMax - stream.length());
    stream.appendBytes(bytes, from, kept);
    truncated |= kept < length;
  }
}
