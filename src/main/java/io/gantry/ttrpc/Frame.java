package io.gantry.ttrpc;

import com.google.protobuf.MessageLite;
import io.vertx.core.buffer.Buffer;

/**
 * A message and its header of ten bytes (PROTOCOL.md of github.com/containerd/ttrpc): length,
 * stream, type, flags.
 */
record Frame(int stream, byte type, byte flags, Buffer payload) {
  static final int HEADER_BYTES = 10;

  /** What the implementation in Go sends and takes at most. */
  static final int PAYLOAD_BYTES_MAX = 4 << 20;

  static final byte REQUEST = 1;
  static final byte RESPONSE = 2;

  static Frame of(int stream, byte type, MessageLite message) {
    return new Frame(stream, type, (byte) 0, Buffer.buffer(message.toByteArray()));
  }

  boolean tooLong() {
    return payload.length() > PAYLOAD_BYTES_MAX;
  }

  Buffer bytes() {
    return Buffer.buffer(HEADER_BYTES + payload.length())
        .appendInt(payload.length())
        .appendInt(stream)
        .appendByte(type)
        .appendByte(flags)
        .appendBuffer(payload);
  }
}
