package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;

/**
 * The messages of a WebSocket into what was said on channels: the first byte of a message is the
 * number of its channel, the rest is what was said there. After a violation everything is ignored.
 */
final class ChannelDecoder {
  /** What the messages mean. */
  interface Events {
    void said(int channel, Buffer content);

    /** The client has said its last on a channel. */
    void ended(int channel);

    /** Nothing that follows can be understood; {@code code} is for the close of the WebSocket. */
    void violated(short code);
  }

  static final short PROTOCOL_ERROR = 1002;
  static final short INVALID_CONTENT = 1007;
  static final short TOO_BIG = 1009;

  static final int MESSAGE_BYTES_MAX = 1 << 20;

  /** A message that ends the channel that its second byte names. */
  private static final int HALF_CLOSE = 255;

  private final ChannelForm form;
  private final Events events;
  private Buffer message = Buffer.buffer();
  private boolean closed;

  ChannelDecoder(ChannelForm form, Events events) {
    this.form = form;
    this.events = events;
  }

  /**
   * Reads a frame.
   *
   * @param whole whether its message ends with it
   */
  void decode(Buffer frame, boolean whole) {
    if (closed) {
      return;
    }
    if (frame.length() > MESSAGE_BYTES_MAX - message.length()) {
      violated(TOO_BIG);
    } else if (!whole) {
      message.appendBuffer(frame);
    } else if (message.length() == 0) { // as nearly always
      read(frame);
    } else {
      var all = message.appendBuffer(frame);
      message = Buffer.buffer();
      read(all);
    }
  }

  /** Nothing is read any more. */
  void close() {
    closed = true;
    message = Buffer.buffer();
  }

  private void read(Buffer whole) {
    if (whole.length() == 0) {
      return;
    }
    if (form.halfCloses() && whole.getUnsignedByte(0) == HALF_CLOSE) {
      if (whole.length() == 2) {
        events.ended(whole.getUnsignedByte(1));
      } else {
        violated(PROTOCOL_ERROR);
      }
      return;
    }
    Buffer content;
    try {
      content = form.content(whole);
    } catch (IllegalArgumentException notBase64) {
      violated(INVALID_CONTENT);
      return;
    }
    events.said(form.channel(whole), content);
  }

  private void violated(short code) {
    close();
    events.violated(code);
  }
}
