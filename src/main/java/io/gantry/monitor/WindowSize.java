package io.gantry.monitor;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The size of a terminal that a conmon holds. */
final class WindowSize {
  private static final int MAX = 65_535;

  private WindowSize() {}

  /** Tells conmon by the FIFO that it takes orders from. */
  static Future<Void> set(Disk disk, Path orders, int width, int height) {
    if (width < 1 || width > MAX || height < 1 || height > MAX) {
      return Future.failedFuture(
          RuntimeFault.invalid(
              "terminal size: " + width + "x" + height + " (expected: 1 to " + MAX + " each)"));
    }
    var order = ("1 " + height + " " + width + "\n").getBytes(StandardCharsets.US_ASCII);
    return disk.act(
        () -> {
          // Reading and writing at once opens a FIFO without waiting.
          try (var fifo =
              FileChannel.open(orders, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            fifo.write(ByteBuffer.wrap(order));
          }
        });
  }
}
