package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A client on a plain socket for much data: it blocks, copies little, and knows data frames. */
final class FrameClient implements AutoCloseable {
  /** A piece of what a stream says. */
  record Piece(int stream, byte[] data, boolean last) {}

  private static final int MILLIS = 120_000;
  private static final int CONTROL = 0x80000000;
  private static final int FIN = 0x01000000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final NettySpdy spdy = new NettySpdy();

  /**
   * Upgrades.
   *
   * @param receiveBytes how much the kernel may hold of what is not read; 0 is what it likes
   */
  FrameClient(URI url, String version, int receiveBytes) throws IOException {
    socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.connect(new java.net.InetSocketAddress(url.getHost(), url.getPort()));
    socket.setSoTimeout(MILLIS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    out = socket.getOutputStream();
    var asked =
        RawClient.upgradeRequest("POST", url, "X-Stream-Protocol-Version: " + version)
            .getBytes(StandardCharsets.US_ASCII);
    out.write(asked);
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      head.append((char) in.readUnsignedByte());
    }
    if (!head.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException(head.toString());
    }
  }

  /** Opens the streams of a process, with the odd numbers from 1. */
  FrameClient open(String... types) throws IOException {
    for (var i = 0; i < types.length; i++) {
      say(spdy.open(2 * i + 1, Map.of("streamtype", types[i])));
    }
    return this;
  }

  /** Opens the two streams of a connection to a port: for errors, and the next one for data. */
  FrameClient forward(int port, int errors) throws IOException {
    for (var type : new String[] {"error", "data"}) {
      var headers =
          Map.of("streamtype", type, "port", "" + port, "requestid", Integer.toString(errors));
      say(spdy.open(type.equals("error") ? errors : errors + 2, headers));
    }
    return this;
  }

  private void say(Buffer frame) throws IOException {
    out.write(frame.getBytes());
  }

  void say(int stream, byte[] data, int length, boolean last) throws IOException {
    out.write(ByteBuffer.allocate(8).putInt(stream).putInt((last ? FIN : 0) | length).array());
    out.write(data, 0, length);
  }

  /** The next piece of data; null when the server has said its last. */
  Piece next() throws IOException {
    while (true) {
      var first = in.read();
      if (first < 0) {
        return null;
      }
      var stream = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
      var length = in.readInt();
      var body = in.readNBytes(length & 0xffffff);
      if ((stream & CONTROL) == 0) {
        return new Piece(stream, body, (length & FIN) != 0);
      }
      if ((stream & 0xffff) == 7) { // GOAWAY
        return null;
      }
    }
  }

  /** Ends the connection as the kernel does for a client that was killed with data unread. */
  void kill() throws IOException {
    socket.setSoLinger(true, 0);
    close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    spdy.close();
  }
}
