package io.gantry.network;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.network.ConfDir.Reading;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the reading of the configurations fresh: at once by a watch on the directory, and slowly
 * for what no watch tells: a directory that comes or is exchanged, a plugin that is installed, what
 * a plugin that knows STATUS answers.
 *
 * <p>Runs on the context it was started on; {@link #now} answers on any thread.
 */
final class ConfWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ConfWatch.class);

  /**
   * How often to look without being told.
   *
   * @param missing while no pod can be attached
   * @param asking while one can, as plugins have said when they were asked
   * @param ready otherwise
   */
  record Pace(Duration missing, Duration asking, Duration ready) {
    static final Pace SLOW =
        new Pace(Duration.ofSeconds(5), Duration.ofSeconds(15), Duration.ofMinutes(1));

    private Duration after(Reading reading) {
      if (reading.notReady().isPresent()) {
        return missing;
      }
      return reading.chain().filter(chain -> chain.speaks(Verb.STATUS)).isPresent()
          ? asking
          : ready;
    }
  }

  /** A plugin that has not answered by then is not ready. */
  private static final Duration STATUS_BOUND = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Host host;
  private final ConfDir directory;
  private final Plugins plugins;
  private final Pace pace;
  private final Context context;
  private volatile Reading now;
  private Optional<Object> watched = Optional.empty();
  private Runnable unwatch = () -> {};
  private boolean looking;
  private boolean changedMeanwhile;
  private Optional<Long> timer = Optional.empty();

  ConfWatch(Vertx vertx, Host host, ConfDir directory, Plugins plugins, Pace pace) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.host = host;
    this.directory = directory;
    this.plugins = plugins;
    this.pace = pace;
    this.now = Reading.none("not read yet", List.of());
  }

  /** Ends when the directory has been read once. */
  Future<Void> start() {
    Promise<Void> read = Promise.promise();
    context.runOnContext(_ -> look().onComplete(read));
    return read.future();
  }

  Reading now() {
    return now;
  }

  /** Looks again soon: what an empty directory stands for has changed. */
  void changed() {
    context.runOnContext(_ -> lookAgain());
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
        .compose(_ -> host.disk().run(() -> directory.read(now)))
        .otherwise(
            cause -> Reading.none(directory.directory() + ": " + cause.getMessage(), List.of()))
        .compose(this::asked)
        .andThen(read -> take(read.result()))
        .mapEmpty();
  }

  /** With the word of the first plugin that says that it is not ready. */
  private Future<Reading> asked(Reading reading) {
    var chain = reading.chain().filter(read -> read.speaks(Verb.STATUS));
    if (chain.isEmpty() || reading.notReady().isPresent()) {
      return Future.succeededFuture(reading);
    }
    var call = Call.internal(Call.Tools.plain(), "NetworkStatus");
    Future<Void> asked = Future.succeededFuture();
    for (var plugin : chain.get().plugins()) {
      var run = Invocation.status(chain.get(), plugin, STATUS_BOUND);
      asked = asked.compose(_ -> plugins.run(call, run));
    }
    return asked
        .map(reading)
        .otherwise(cause -> reading.notReady(String.valueOf(cause.getMessage())));
  }

  private void take(Reading reading) {
    if (!reading.equals(now)) {
      tell(reading);
    }
    now = reading;
    looking = false;
    var pause = changedMeanwhile ? 1 : pace.after(reading).toMillis();
    timer = Optional.of(vertx.setTimer(pause, _ -> lookAgain()));
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
