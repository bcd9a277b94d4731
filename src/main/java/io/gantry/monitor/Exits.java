package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.driver.OomKills;
import io.gantry.host.Host;
import io.gantry.runtime.ExitStatus;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How workloads end. The file that conmon leaves is the truth; conmon's own end without one means
 * that nobody saw it, and what still runs is then killed, since nobody would see that end either.
 */
final class Exits {
  private static final Logger LOGGER = LoggerFactory.getLogger(Exits.class);
  private static final int CODE_UNKNOWN = -1;

  private final Host host;
  private final Clock clock;
  private final ConmonConfig config;
  private final Signals signals;
  private final Function<Workload, Optional<String>> kernels;
  private final ConcurrentMap<String, Monitored> watched = new ConcurrentHashMap<>();

  /**
   * @param kernels the group of the kernel that runs a workload for which a process only stands in
   *     (decision 0025); empty for any other
   */
  Exits(
      Host host,
      Clock clock,
      ConmonConfig config,
      Signals signals,
      Function<Workload, Optional<String>> kernels) {
    this.host = host;
    this.signals = signals;
    this.kernels = kernels;
    this.clock = clock;
    this.config = config;
  }

  /** Begins to watch the directory; never ends, as the driver does not. */
  Future<Void> watch() {
    return host.watches().directory(config.exits(), this::changed).mapEmpty();
  }

  /** Takes up a workload whose processes exist, and looks at once: it may be over already. */
  void take(Monitored monitored) {
    watched.put(monitored.id(), monitored);
    look(monitored);
    host.processes().ended(monitored.monitor()).onSuccess(_ -> monitorEnded(monitored));
  }

  /** Lets go of a workload that is being deleted. */
  void leave(Monitored monitored) {
    watched.remove(monitored.id(), monitored);
  }

  /** What conmon wrote about the end of {@code workload}, if it has. */
  Future<Optional<ExitStatus>> written(Workload workload) {
    return host.disk()
        .run(() -> read(workload))
        .compose(
            status ->
                status.filter(Exits::failedForNoKnownReason).isPresent()
                    ? lookedInto(workload, status.get()).map(Optional::of)
                    : Future.succeededFuture(status));
  }

  private static boolean failedForNoKnownReason(ExitStatus status) {
    return status.known() && status.code() != 0 && !status.oomKilled();
  }

  private Future<ExitStatus> lookedInto(Workload workload, ExitStatus status) {
    return new OomKills(host.cgroups())
        .ended(status.code(), kernels.apply(workload).orElse(workload.cgroup()))
        .map(
            out -> out ? new ExitStatus(status.code(), status.at(), true, status.known()) : status);
  }

  /** Takes away what conmon wrote. */
  Future<Void> forget(String id) {
    return host.disk().act(() -> Files.deleteIfExists(config.exits().resolve(id)));
  }

  /** The end that nobody saw, which is now. */
  ExitStatus unseen() {
    return ExitStatus.unknown(clock.instant());
  }

  private void changed(String name) {
    if (name.isEmpty()) {
      watched.values().forEach(this::look); // the kernel lost count, so look at everything
    } else {
      var monitored = watched.get(name);
      if (monitored != null) {
        look(monitored);
      }
    }
  }

  private void look(Monitored monitored) {
    written(monitored.workload())
        .onSuccess(status -> status.ifPresent(end -> settle(monitored, end)))
        .onFailure(cause -> warn(monitored, "an exit file cannot be read", cause));
  }

  /** conmon renames its file into place before it exits: if there is none now, none will come. */
  private void monitorEnded(Monitored monitored) {
    if (monitored.exit().settled()) {
      return;
    }
    written(monitored.workload())
        .otherwise(Optional.empty())
        .onSuccess(
            status ->
                status.ifPresentOrElse(end -> settle(monitored, end), () -> abandon(monitored)));
  }

  private void abandon(Monitored monitored) {
    if (monitored.exit().settled()) {
      return;
    }
    LOGGER
        .atWarn()
        .addKeyValue("containerId", monitored.id())
        .log("conmon died: the container is killed");
    signals
        .kill(Call.internal(Call.Tools.plain(), "MonitorDied"), monitored.entry())
        .onFailure(cause -> warn(monitored, "a container without conmon was not killed", cause))
        .onComplete(_ -> settle(monitored, unseen()));
  }

  private void settle(Monitored monitored, ExitStatus status) {
    leave(monitored);
    monitored.exit().settle(status);
  }

  private Optional<ExitStatus> read(Workload workload) throws IOException {
    var file = config.exits().resolve(workload.id());
    try {
      var code = parsed(Files.readString(file).strip());
      var at = Files.getLastModifiedTime(file).toInstant();
      return Optional.of(status(workload, code, at));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }

  private ExitStatus status(Workload workload, int code, Instant at) {
    return code == CODE_UNKNOWN
        ? ExitStatus.unknown(at)
        : new ExitStatus(code, at, code != 0 && saidByConmon(workload), true);
  }

  /**
   * The file about lack of memory, which is also written when a child was killed and the rest went
   * on. What stands in for a container is in the daemon's group: it is that whose lack of memory
   * conmon tells then, and no container's.
   */
  private boolean saidByConmon(Workload workload) {
    return kernels.apply(workload).isEmpty() && Files.exists(workload.bundle().outOfMemory());
  }

  private static int parsed(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : CODE_UNKNOWN;
  }

  private static void warn(Monitored monitored, String what, Throwable cause) {
    LOGGER
        .atWarn()
        .addKeyValue("containerId", monitored.id())
        .addKeyValue("error", cause.getMessage())
        .log(what);
  }
}
