package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.driver.Patience;
import io.gantry.host.Fifos;
import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/**
 * Where a created container of runc waits: its init stops at a FIFO in runc's state folder, for
 * somebody to open the other end and to take the one byte that it writes before it executes the
 * program. {@code runc start} does that and no more (exec and handleFifoResult in libcontainer's
 * container_linux.go), and takes ten times as long to get there.
 *
 * <p>The FIFO is renamed first: for runc a container without it is running, and for us the other
 * name tells, after a restart, of a start that may have been cut off, and is to be finished.
 */
final class StartGate {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String CLOSED = "exec.fifo";
  private static final String OPENING = "exec.fifo.opening";

  private final Vertx vertx;
  private final Host host;
  private final Path root;

  /**
   * @param root runc's state folder, with a directory for each container
   */
  StartGate(Vertx vertx, Host host, Path root) {
    this.vertx = vertx;
    this.host = host;
    this.root = root;
  }

  /** Lets the container run; false if it does not wait here, so that runc is to be asked why. */
  Future<Boolean> open(Call call, Monitored monitored) {
    return host.disk()
        .run(() -> renamed(monitored))
        .compose(
            there ->
                there
                    ? host.fifos()
                        .hold(opening(monitored)) // so that the init may come later than we do
                        .compose(
                            release ->
                                passed(call, monitored, release)
                                    .onComplete(_ -> release.run())
                                    .map(true))
                    : Future.succeededFuture(false));
  }

  /** Finishes what {@link #open} had begun when the daemon ended; false if it had not. */
  Future<Boolean> finish(Monitored monitored) {
    return host.disk()
        .run(() -> Files.exists(opening(monitored)))
        .compose(
            begun ->
                begun
                    ? reading(monitored).compose(StartGate::byteCame).map(true)
                    : Future.succeededFuture(false));
  }

  private boolean renamed(Monitored monitored) throws IOException {
    try {
      var closed = root.resolve(monitored.id()).resolve(CLOSED);
      Files.move(closed, opening(monitored), StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (NoSuchFileException none) {
      return false;
    }
  }

  private Path opening(Monitored monitored) {
    return root.resolve(monitored.id()).resolve(OPENING);
  }

  /** An init that was killed meanwhile wrote nothing: once nobody holds the FIFO, that is seen. */
  private Future<Void> passed(Call call, Monitored monitored, Runnable release) {
    return reading(monitored)
        .compose(
            source -> {
              var came = byteCame(source);
              monitored.exit().future().onComplete(_ -> release.run());
              return Patience.until(vertx, call, PATIENCE, "init of the container", came)
                  .onComplete(_ -> source.close());
            })
        .compose(
            came ->
                came
                    ? Future.succeededFuture()
                    : Future.failedFuture(monitored.notRunning("created, and alive")));
  }

  private Future<Fifos.Source> reading(Monitored monitored) {
    return host.fifos().reading(opening(monitored));
  }

  /** False if the stream ends without one. */
  private static Future<Boolean> byteCame(Fifos.Source source) {
    Promise<Boolean> came = Promise.promise();
    source.stream()
        .exceptionHandler(came::tryFail)
        .endHandler(_ -> came.tryComplete(false))
        .handler(_ -> came.tryComplete(true));
    return came.future().onComplete(_ -> source.close());
  }
}
