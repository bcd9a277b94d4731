package io.gantry.monitor;

import io.gantry.call.Call;
import io.gantry.driver.Ledger;
import io.gantry.driver.Patience;
import io.gantry.driver.PidFile;
import io.gantry.driver.ProcFiles;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.runtime.ContainerProcess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes away everything an entry of the ledger stands for, however far its making had come. The
 * entry itself goes last, so that what fails here is tried again by the next one who clears.
 */
final class Clearing {
  private static final int KILL = Signals.KILL;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Host host;
  private final OciCli cli;
  private final Signals signals;
  private final Ledger<Entry> ledger;
  private final Exits exits;

  Clearing(Vertx vertx, Host host, OciCli cli, Signals signals, Ledger<Entry> ledger, Exits exits) {
    this.vertx = vertx;
    this.host = host;
    this.cli = cli;
    this.signals = signals;
    this.ledger = ledger;
    this.exits = exits;
  }

  /** Idempotent. */
  Future<Void> clear(Call call, Entry entry) {
    return endProcesses(call, entry)
        .compose(_ -> cli.delete(call, entry.id()))
        .compose(_ -> takeAway(entry));
  }

  /**
   * Clears a workload that others may be waiting for: they learn its end from conmon first, before
   * the file that tells of it goes.
   */
  Future<Void> clear(Call call, Monitored monitored) {
    return endProcesses(call, monitored.entry())
        .compose(_ -> told(call, monitored))
        .compose(_ -> forgotten(call, monitored))
        .compose(_ -> takeAway(monitored.entry()));
  }

  /** systemd's units are the runtime's to end, and so are hooks its to run. */
  private Future<Void> forgotten(Call call, Monitored monitored) {
    return monitored.workload().bySystemd() || monitored.workload().spec().hooks() != null
        ? cli.delete(call, monitored.id())
        : cli.forget(call, monitored.id());
  }

  /** What is left once the runtime knows nothing of it; the parts do not need each other. */
  private Future<Void> takeAway(Entry entry) {
    return Future.join(
            unmount(entry).compose(_ -> wipe(entry)),
            host.cgroups().remove(entry.cgroup()),
            exits.forget(entry.id()))
        .compose(_ -> ledger.remove(entry.id()));
  }

  private Future<Void> told(Call call, Monitored monitored) {
    return monitored.entry().process().isEmpty()
        ? Future.succeededFuture()
        : Patience.until(vertx, call, PATIENCE, "exit", monitored.exit().future()).mapEmpty();
  }

  /** Kills what runs, by refs of this boot, or by what a half-made container left. */
  Future<Void> endProcesses(Call call, Entry entry) {
    return entry
        .process()
        .filter(_ -> entry.bootId().equals(host.bootId()))
        .map(process -> end(call, entry, process))
        .orElseGet(() -> endHalfMade(call, entry));
  }

  private Future<Void> end(Call call, Entry entry, ContainerProcess process) {
    var processes = host.processes();
    return signals
        .kill(call, entry)
        .compose(
            _ ->
                Patience.until(vertx, call, PATIENCE, "conmon", processes.ended(process.monitor()))
                    // One that does not end with its container is stuck; nothing of it is needed.
                    .recover(
                        _ ->
                            processes
                                .signal(process.first(), KILL)
                                .compose(_ -> killed(process.monitor()))));
  }

  /** conmon may be about to create the container still: so it goes first, with its children. */
  private Future<Void> endHalfMade(Call call, Entry entry) {
    return halfMadeMonitor(entry)
        .compose(monitor -> monitor.map(this::killTree).orElseGet(Future::succeededFuture))
        .compose(_ -> signals.kill(call, entry));
  }

  private Future<Void> killTree(ProcessRef root) {
    return host.processes()
        .descendants(root)
        .compose(
            children -> {
              var kills = new ArrayList<Future<Void>>();
              kills.add(host.processes().signal(root, KILL));
              children.forEach(child -> kills.add(host.processes().signal(child, KILL)));
              return Future.join(kills);
            })
        .compose(_ -> host.processes().ended(root));
  }

  private Future<Void> killed(ProcessRef monitor) {
    return host.processes().signal(monitor, KILL).compose(_ -> host.processes().ended(monitor));
  }

  /** By its pid file, if the process of that pid is one that looks after this very container. */
  private Future<Optional<ProcessRef>> halfMadeMonitor(Entry entry) {
    return host.disk()
        .run(() -> monitorPid(entry))
        .compose(
            pid ->
                pid.isPresent()
                    ? host.processes().find(pid.get())
                    : Future.succeededFuture(Optional.empty()));
  }

  private static Optional<Integer> monitorPid(Entry entry) throws IOException {
    return PidFile.read(entry.bundle().monitorPid())
        .filter(pid -> ProcFiles.arguments(pid).contains(entry.id()));
  }

  private Future<Void> unmount(Entry entry) {
    return entry
        .mounted()
        .map(target -> host.mounts().unmount(target))
        .orElseGet(Future::succeededFuture);
  }

  /** Everything in the bundle but the mount point, which is the caller's if it lies there. */
  private Future<Void> wipe(Entry entry) {
    return host.disk()
        .run(() -> contents(entry))
        .compose(
            files ->
                Future.join(files.stream().map(file -> host.disk().delete(file)).toList())
                    .mapEmpty());
  }

  private static List<Path> contents(Entry entry) throws IOException {
    if (!Files.isDirectory(entry.directory())) {
      return List.of();
    }
    try (var files = Files.list(entry.directory())) {
      return files
          .filter(file -> entry.mounted().filter(target -> target.startsWith(file)).isEmpty())
          .toList();
    }
  }
}
