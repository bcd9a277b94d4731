package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Lets conmon write to a new log file. It makes the new file beside the path and renames it there,
 * then closes the old one: lines written in between are in the old file, none is lost.
 */
final class LogReopening {
  private static final byte[] REOPEN = "2 0 0\n".getBytes(StandardCharsets.US_ASCII);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int FIRST_LOOK_MILLIS = 2;
  private static final int LOOK_MILLIS_MAX = 100;

  private final Vertx vertx;
  private final Host host;

  LogReopening(Vertx vertx, Host host) {
    this.vertx = vertx;
    this.host = host;
  }

  Future<Void> reopen(Call call, Monitored monitored) {
    return monitored
        .workload()
        .log()
        .map(log -> reopen(call, monitored, log))
        .orElseGet(Future::succeededFuture);
  }

  private Future<Void> reopen(Call call, Monitored monitored, Path log) {
    return host.processes()
        .alive(monitored.monitor())
        .compose(
            alive ->
                alive
                    ? host.disk().run(() -> ordered(monitored.bundle().orders(), log))
                    : Future.failedFuture(monitored.notRunning("running, to reopen its log")))
        .compose(old -> another(call, log, old, FIRST_LOOK_MILLIS, System.nanoTime()));
  }

  /** Which file lay there before. Reading and writing at once opens a FIFO without waiting. */
  private static Optional<Object> ordered(Path orders, Path log) throws IOException {
    var old = key(log);
    try (var fifo = FileChannel.open(orders, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      fifo.write(ByteBuffer.wrap(REOPEN));
    }
    return old;
  }

  private Future<Void> another(
      Call call, Path log, Optional<Object> old, int delayMillis, long begunNanos) {
    return vertx
        .timer(delayMillis, TimeUnit.MILLISECONDS)
        .compose(_ -> call.alive())
        .compose(_ -> host.disk().run(() -> key(log)))
        .compose(
            now -> {
              if (now.isPresent() && !now.equals(old)) {
                return Future.succeededFuture();
              }
              return System.nanoTime() - begunNanos > PATIENCE.toNanos()
                  ? Future.failedFuture(
                      new RuntimeFault(
                          Kind.UNAVAILABLE,
                          "log: "
                              + log
                              + " (expected: reopened by conmon within "
                              + PATIENCE.toSeconds()
                              + " s)"))
                  : another(call, log, old, Math.min(2 * delayMillis, LOOK_MILLIS_MAX), begunNanos);
            });
  }

  /** Device and inode. */
  private static Optional<Object> key(Path log) throws IOException {
    try {
      return Optional.ofNullable(Files.readAttributes(log, BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }
}
