package io.gantry.load;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Channels over a WebSocket, {@code v4.channel.k8s.io}: what every runtime's streaming server
 * speaks, of commands and of ports. It blocks and costs little, for it is the other side that is
 * measured; its frames have a mask of zeros, which costs a server as much as any other.
 */
final class ChannelClient implements AutoCloseable {
  /** What one message of the client's may hold; kubectl copies in pieces of as much. */
  static final int MESSAGE_BYTES_MAX = 32 << 10;

  private static final String PROTOCOL = "v4.channel.k8s.io";
  private static final int PATIENCE_MILLIS = 120_000;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int CONTINUATION = 0;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int LAST = 0x80;
  private static final int MASKED = 0x80;
  private static final int LENGTH_16 = 126;
  private static final int LENGTH_64 = 127;

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final OutputStream out;
  private byte[] content = new byte[BUFFER_BYTES];
  private int channel = -1;

  /** Connects and upgrades. */
  ChannelClient(URI url) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
    out = socket.getOutputStream();
    var lines =
        "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            + "Sec-WebSocket-Protocol: %s\r\n\r\n";
    out.write(
        lines
            .formatted(url.getRawPath(), url.getRawAuthority(), PROTOCOL)
            .getBytes(StandardCharsets.US_ASCII));
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    if (!head.toString().startsWith("HTTP/1.1 101 ") || head.indexOf(PROTOCOL) < 0) {
      throw new IOException(url.getPath().split("/")[1] + ": " + head.toString().strip());
    }
  }

  /** A message that can be sent over and over. */
  static byte[] message(int channel, byte[] content) {
    var length = 1 + content.length;
    var frame = ByteBuffer.allocate(8 + length);
    frame.put((byte) (LAST | BINARY));
    if (length < LENGTH_16) {
      frame.put((byte) (MASKED | length));
    } else {
      frame.put((byte) (MASKED | LENGTH_16)).putShort((short) length);
    }
    frame.putInt(0).put((byte) channel).put(content).flip();
    var bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  void send(byte[] message) throws IOException {
    out.write(message);
  }

  /**
   * Reads on to the next message that is not empty, on any channel.
   *
   * @return how many bytes it has, which are in {@link #text} until the next; never 0
   * @throws EOFException if the server has said its last
   */
  int next() throws IOException {
    while (true) {
      var opcode = in.readUnsignedByte() & 0xf;
      var length = length();
      if (opcode == BINARY) {
        channel = in.readUnsignedByte();
        length--;
      } else if (opcode != CONTINUATION) {
        in.skipNBytes(length);
        if (opcode == CLOSE) {
          throw new EOFException("closed by the server");
        }
        continue;
      }
      if (length > content.length) {
        content = new byte[length];
      }
      in.readFully(content, 0, length);
      if (length > 0) {
        return length;
      }
    }
  }

  private int length() throws IOException {
    var length = in.readUnsignedByte();
    return switch (length) {
      case LENGTH_16 -> in.readUnsignedShort();
      case LENGTH_64 -> Math.toIntExact(in.readLong());
      default -> length;
    };
  }

  /** The channel of the message that was read. */
  int channel() {
    return channel;
  }

  /** The beginning of the message that was read. */
  String text(int length) {
    return new String(content, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
