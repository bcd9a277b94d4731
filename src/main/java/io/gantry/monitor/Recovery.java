package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.runtime.ContainerProcess;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.Recovered;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a restart: the ledger against what runs. Pids count only with their start times and only on
 * the boot they were seen on; the exit files say what happened meanwhile; the runtime is asked only
 * about a container of which nobody wrote down that it was started.
 */
final class Recovery {
  private static final Logger LOGGER = LoggerFactory.getLogger(Recovery.class);

  private final Host host;
  private final ConmonConfig config;
  private final OciCli cli;
  private final StartGate gate;
  private final Exits exits;
  private final Clearing clearing;
  private final Execs execs;

  Recovery(
      Host host,
      ConmonConfig config,
      OciCli cli,
      StartGate gate,
      Exits exits,
      Clearing clearing,
      Execs execs) {
    this.host = host;
    this.config = config;
    this.cli = cli;
    this.gate = gate;
    this.exits = exits;
    this.clearing = clearing;
    this.execs = execs;
  }

  /** Finds out about {@code monitored}, whose entry is what the ledger has, and takes it up. */
  Future<Recovered> takeUp(Call call, Monitored monitored) {
    return execs
        .sweep(call, monitored)
        .recover(cause -> warned(monitored.id(), "execs were not swept", cause))
        .compose(_ -> exits.written(monitored.workload()))
        .compose(
            status ->
                status.isPresent()
                    ? ended(monitored, status.get())
                    : takeUpUnended(call, monitored))
        .recover(
            cause ->
                warned(monitored.id(), "a container cannot be taken up", cause)
                    .compose(_ -> vanished(call, monitored)));
  }

  /** Clears what nobody knows; what cannot be cleared is left for the next start. */
  Future<Void> clearUnknown(Call call, Collection<Entry> entries, Set<String> known) {
    var clearings = new ArrayList<Future<Void>>();
    for (var entry : entries) {
      if (!known.contains(entry.id())) {
        clearings.add(
            clearing
                .clear(call, entry)
                .recover(cause -> warned(entry.id(), "remains were not cleared", cause)));
      }
    }
    clearings.add(clearExitFiles(known));
    return Future.join(clearings).mapEmpty();
  }

  private Future<Recovered> takeUpUnended(Call call, Monitored monitored) {
    var entry = monitored.entry();
    if (entry.process().isEmpty() || !entry.bootId().equals(host.bootId())) {
      return vanished(call, monitored);
    }
    var process = entry.process().get();
    return host.processes()
        .alive(process.monitor())
        .compose(alive -> alive ? living(call, monitored, process) : unmonitored(call, monitored));
  }

  private Future<Recovered> living(Call call, Monitored monitored, ContainerProcess process) {
    exits.take(monitored);
    if (monitored.entry().started()) {
      return Future.succeededFuture(new Recovered.Running(process));
    }
    return gate.finish(monitored)
        .compose(opened -> opened ? Future.succeededFuture("running") : status(call, monitored))
        .map(
            status ->
                status.equals("created")
                    ? new Recovered.Waiting(process)
                    : new Recovered.Running(process));
  }

  private Future<String> status(Call call, Monitored monitored) {
    return cli.status(call, monitored.id())
        // Nobody wrote that it was started: so it was not, or only just.
        .recover(
            cause ->
                warned(monitored.id(), "the runtime does not tell a status", cause).map("created"));
  }

  /** conmon has gone: it may have written its last word since that was looked for. */
  private Future<Recovered> unmonitored(Call call, Monitored monitored) {
    return exits
        .written(monitored.workload())
        .compose(
            status ->
                status.isPresent() ? ended(monitored, status.get()) : vanished(call, monitored));
  }

  /** Nobody saw it end. What may still run is killed: nobody would see that end either. */
  private Future<Recovered> vanished(Call call, Monitored monitored) {
    return clearing
        .endProcesses(call, monitored.entry())
        .recover(cause -> warned(monitored.id(), "processes were not ended", cause))
        .compose(_ -> ended(monitored, exits.unseen()));
  }

  private static Future<Recovered> ended(Monitored monitored, ExitStatus status) {
    monitored.exit().settle(status);
    return Future.succeededFuture(new Recovered.Ended(status));
  }

  private Future<Void> clearExitFiles(Set<String> known) {
    return host.disk()
        .act(
            () -> {
              for (var file : files(config.exits())) {
                if (!known.contains(String.valueOf(file.getFileName()))) {
                  Files.deleteIfExists(file);
                }
              }
            });
  }

  private static List<Path> files(Path directory) throws java.io.IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static Future<Void> warned(String id, String what, Throwable cause) {
    LOGGER
        .atWarn()
        .addKeyValue("containerId", id)
        .addKeyValue("error", cause.getMessage())
        .log(what);
    return Future.succeededFuture();
  }
}
