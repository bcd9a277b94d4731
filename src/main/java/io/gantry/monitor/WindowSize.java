package io.gantry.monitor;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;

/** The size of a terminal that a conmon holds. It takes on one after the other, in their order. */
final class WindowSize {
  private static final int MAX = 65_535;

  /**
   * conmon reads so much at a time, and takes the first line of what it has read for all of them.
   * So an order is as long as that, and no two are read at once.
   */
  private static final int ORDER_BYTES = 199;

  /**
   * It hands the size on to itself by a second pipe, which it reads no better. So the last size is
   * told once more; a terminal that has it already tells nobody.
   */
  private static final Duration ONCE_MORE = Duration.ofMillis(200);

  private final Vertx vertx;
  private final Disk disk;
  private final Path orders;
  private Future<Void> last = Future.succeededFuture();
  private long again = -1;

  /**
   * @param orders the FIFO that conmon takes orders from
   */
  WindowSize(Vertx vertx, Disk disk, Path orders) {
    this.vertx = vertx;
    this.disk = disk;
    this.orders = orders;
  }

  Future<Void> set(int width, int height) {
    if (width < 1 || width > MAX || height < 1 || height > MAX) {
      return Future.failedFuture(
          RuntimeFault.invalid(
              "terminal size: " + width + "x" + height + " (expected: 1 to " + MAX + " each)"));
    }
    var order = ("1 " + height + " " + width).getBytes(StandardCharsets.US_ASCII);
    var padded = Arrays.copyOf(order, ORDER_BYTES);
    Arrays.fill(padded, order.length, ORDER_BYTES - 1, (byte) ' ');
    padded[ORDER_BYTES - 1] = '\n';
    vertx.cancelTimer(again);
    again = vertx.setTimer(ONCE_MORE.toMillis(), _ -> order(padded));
    return order(padded);
  }

  private Future<Void> order(byte[] bytes) {
    last = last.transform(_ -> disk.act(() -> write(bytes)));
    return last;
  }

  private void write(byte[] order) throws IOException {
    // Reading and writing at once opens a FIFO without waiting.
    try (var fifo = FileChannel.open(orders, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      fifo.write(ByteBuffer.wrap(order));
    }
  }
}
