package io.gantry.cli;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * HTTP/1.1 on one connection: one request and its answer. Blocks. Written out here because to load
 * an HTTP library takes longer than all that most commands do.
 */
final class Wire {
  private static final int BLOCK = 64 << 10;
  private static final int LINE_BYTES_MAX = 64 << 10;
  private static final int HEADERS_MAX = 200;
  private static final int SWITCHING = 101;
  private static final int NO_CONTENT = 204;
  private static final int UNCHANGED = 304;

  private final ByteChannel connection;
  private final ByteBuffer in = ByteBuffer.allocate(BLOCK).flip();
  private final Map<String, String> headers = new HashMap<>();
  private int status;

  Wire(ByteChannel connection) {
    this.connection = connection;
  }

  /** Sends a request; one whose headers name no length has its body still to come. */
  void send(String method, String path, Map<String, String> headers, byte[] body)
      throws IOException {
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    var out = new ByteArrayOutputStream();
    out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    out.writeBytes(body);
    write(ByteBuffer.wrap(out.toByteArray()));
  }

  /**
   * Sends a body in chunks, to its end, while another thread may read the answer.
   *
   * @param unreadable gets why {@code content} cannot be read, if that is what it fails with
   */
  void send(ReadableByteChannel content, AtomicReference<IOException> unreadable)
      throws IOException {
    var block = ByteBuffer.allocate(BLOCK);
    while (read(content, block.clear(), unreadable) >= 0) {
      if (block.flip().hasRemaining()) {
        write(ascii(Integer.toHexString(block.remaining()) + "\r\n"));
        write(block);
        write(ascii("\r\n"));
      }
    }
    write(ascii("0\r\n\r\n"));
  }

  private static int read(
      ReadableByteChannel content, ByteBuffer block, AtomicReference<IOException> unreadable)
      throws IOException {
    try {
      return content.read(block);
    } catch (IOException failed) {
      unreadable.set(failed);
      throw failed;
    }
  }

  /** Whoever waits for an answer waits no more. */
  void close() {
    try {
      connection.close();
    } catch (IOException closed) {
      return; // it is of no more use either way
    }
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      connection.write(bytes);
    }
  }

  /** Reads the head of the answer; gives its status. */
  int head() throws IOException {
    do {
      var line = line();
      if (!line.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
        throw new IOException("an answer that is no HTTP");
      }
      status = Integer.parseInt(line.substring(9, 12));
      headers();
    } while (status < 200 && status != SWITCHING);
    return status;
  }

  private void headers() throws IOException {
    headers.clear();
    for (var line = line(); !line.isEmpty(); line = line()) {
      var colon = line.indexOf(':');
      if (colon < 1 || headers.size() == HEADERS_MAX) {
        throw new IOException("an answer whose head is no HTTP");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
  }

  /** Hands over the body as it comes, to its end. */
  void body(Consumer<byte[]> each) throws IOException {
    if (status == NO_CONTENT || status == UNCHANGED) {
      return;
    }
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      for (var size = chunk(); size > 0; size = chunk()) {
        take(size, each);
        line();
      }
      while (!line().isEmpty()) {}
    } else {
      take(number(headers.getOrDefault("content-length", "0"), 10), each);
    }
  }

  private long chunk() throws IOException {
    return number(line().replaceFirst(";.*", "").strip(), 16);
  }

  private static long number(String text, int radix) throws IOException {
    try {
      return Long.parseUnsignedLong(text, radix);
    } catch (NumberFormatException nonsense) {
      throw new IOException("an answer whose length is no number", nonsense);
    }
  }

  private void take(long count, Consumer<byte[]> each) throws IOException {
    for (var left = count; left > 0; ) {
      more();
      var bytes = new byte[(int) Math.min(left, in.remaining())];
      in.get(bytes);
      left -= bytes.length;
      each.accept(bytes);
    }
  }

  /** What has come behind the head of an answer that switches to another protocol. */
  byte[] rest() {
    var bytes = new byte[in.remaining()];
    in.get(bytes);
    return bytes;
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (more(); ; more()) {
      var next = in.get();
      if (next == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
      }
      line.write(next);
      if (line.size() > LINE_BYTES_MAX) {
        throw new IOException("an answer with a line that does not end");
      }
    }
  }

  /** Sees to it that there is at least one byte. */
  private void more() throws IOException {
    while (!in.hasRemaining()) {
      if (connection.read(in.clear()) < 0) {
        in.flip();
        throw new EOFException("it went away in the middle of an answer");
      }
      in.flip();
    }
  }
}
