package io.gantry.shim;

import io.gantry.call.Lane;
import io.gantry.host.Disk;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one container. Writes and {@link #reopen} take effect in the order of the calls, so
 * that no line is lost or written twice when the file is changed.
 */
final class ContainerLog {
  private static final Logger LOGGER = LoggerFactory.getLogger(ContainerLog.class);
  private static final Set<StandardOpenOption> APPENDING =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

  private final Disk disk;
  private final Clock clock;
  private final String id;
  private final Optional<Path> path;
  private final Lane lane = new Lane();
  private @Nullable FileChannel file; // in the lane only
  private boolean failing; // in the lane only

  private ContainerLog(Disk disk, Clock clock, String id, Optional<Path> path) {
    this.disk = disk;
    this.clock = clock;
    this.id = id;
    this.path = path;
  }

  /**
   * Opens it, and makes it if need be.
   *
   * @param path empty for a log that nobody wants
   */
  static Future<ContainerLog> open(Disk disk, Clock clock, String id, Optional<Path> path) {
    var log = new ContainerLog(disk, clock, id, path);
    return log.reopen().map(log);
  }

  /** Lets it go on in a new file at the same path. */
  Future<Void> reopen() {
    return lane.enter(() -> disk.act(this::exchange));
  }

  private void exchange() throws IOException {
    if (path.isPresent()) {
      var next =
          FileChannel.open(
              path.get(),
              APPENDING,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
      closeFile();
      file = next;
    }
  }

  /** A log that cannot be written does not hold up its container: what is lost is said once. */
  Future<Void> write(String stream, Buffer read) {
    var at = clock.instant();
    return lane.enter(() -> disk.act(() -> append(LogLines.of(at, stream, read))))
        .otherwise(this::failed);
  }

  private void append(Buffer lines) throws IOException {
    var to = file;
    if (to != null) {
      var bytes = ByteBuffer.wrap(lines.getBytes());
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
    }
    failing = false;
  }

  private @Nullable Void failed(Throwable cause) {
    if (!failing) {
      failing = true;
      LOGGER
          .atWarn()
          .addKeyValue("containerId", id)
          .addKeyValue("error", cause.getMessage())
          .log("a container's log cannot be written");
    }
    return null;
  }

  /** Complete when all that was to be written by now has been. */
  Future<Void> written() {
    return lane.enter(Future::succeededFuture);
  }

  Future<Void> close() {
    return lane.enter(() -> disk.act(this::closeFile));
  }

  private void closeFile() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
