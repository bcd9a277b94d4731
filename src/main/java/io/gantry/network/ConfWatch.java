package io.gantry.network;

import io.gantry.host.Host;
import io.gantry.network.ConfDir.Reading;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the reading of the configurations fresh: at once by a watch on the directory, and slowly
 * for what no watch tells: a directory that comes or is exchanged, a plugin that is installed.
 *
 * <p>Runs on the context it was started on; {@link #now} answers on any thread.
 */
final class ConfWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ConfWatch.class);

  /**
   * How often to look without being told.
   *
   * @param missing while no pod can be attached
   * @param ready otherwise
   */
  record Pace(Duration missing, Duration ready) {
    static final Pace SLOW = new Pace(Duration.ofSeconds(5), Duration.ofMinutes(1));
  }

  private final Vertx vertx;
  private final Host host;
  private final ConfDir directory;
  private final Pace pace;
  private volatile Reading now;
  private Optional<Object> watched = Optional.empty();
  private Runnable unwatch = () -> {};
  private boolean looking;
  private boolean changedMeanwhile;
  private Optional<Long> timer = Optional.empty();

  ConfWatch(Vertx vertx, Host host, ConfDir directory, Pace pace) {
    this.vertx = vertx;
    this.host = host;
    this.directory = directory;
    this.pace = pace;
    this.now = Reading.none("not read yet");
  }

  /** Ends when the directory has been read once. */
  Future<Void> start() {
    Promise<Void> read = Promise.promise();
    vertx.getOrCreateContext().runOnContext(_ -> look().onComplete(read));
    return read.future();
  }

  Reading now() {
    return now;
  }

  /** One look at a time: what changes during it makes another one follow. */
  private Future<Void> look() {
    if (looking) {
      changedMeanwhile = true;
      return Future.succeededFuture();
    }
    looking = true;
    changedMeanwhile = false;
    timer.ifPresent(vertx::cancelTimer);
    return watch() // before reading, or what comes between the two would be missed
        .compose(_ -> host.disk().run(directory::read))
        .otherwise(cause -> Reading.none(directory.directory() + ": " + cause.getMessage()))
        .andThen(read -> take(read.result()))
        .mapEmpty();
  }

  private void take(Reading reading) {
    if (!reading.equals(now)) {
      tell(reading);
    }
    now = reading;
    looking = false;
    var pause = reading.notReady().isPresent() ? pace.missing() : pace.ready();
    timer = Optional.of(vertx.setTimer(changedMeanwhile ? 1 : pause.toMillis(), _ -> lookAgain()));
  }

  private void lookAgain() {
    var _ = look();
  }

  private static void tell(Reading reading) {
    reading
        .notReady()
        .ifPresentOrElse(
            reason -> LOG.atWarn().addKeyValue("error", reason).log("no pod network"),
            () ->
                LOG.atInfo()
                    .addKeyValue("network", reading.chain().map(Chain::network).orElse(""))
                    .log("pod network ready"));
    reading
        .skipped()
        .forEach(file -> LOG.atWarn().addKeyValue("error", file).log("cni configuration skipped"));
  }

  /** Watches the directory that is there now, if one is. */
  private Future<Void> watch() {
    return host.disk()
        .run(directory::identity)
        .compose(there -> there.equals(watched) ? Future.succeededFuture() : rewatch(there));
  }

  private Future<Void> rewatch(Optional<Object> there) {
    unwatch.run();
    unwatch = () -> {};
    watched = Optional.empty();
    if (there.isEmpty()) {
      return Future.succeededFuture();
    }
    return host.watches()
        .directory(directory.directory(), _ -> lookAgain())
        .andThen(
            begun -> {
              if (begun.succeeded()) {
                unwatch = begun.result();
                watched = there;
              }
            })
        .<Void>mapEmpty()
        .otherwiseEmpty(); // gone again, or no watch to be had: the next look tries again
  }
}
