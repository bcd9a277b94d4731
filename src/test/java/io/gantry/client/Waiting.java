package io.gantry.client;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what other processes do, where nothing tells: by looking again and again. */
public final class Waiting {
  private static final Duration PAUSE = Duration.ofMillis(10);

  private Waiting() {}

  /** Whether {@code condition} held before {@code patience} had run out. */
  public static boolean until(Duration patience, BooleanSupplier condition) {
    var begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begun > patience.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    return true;
  }

  /** Whether somebody accepts connections on a Unix socket. */
  public static boolean accepts(Path socket) {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }
}
