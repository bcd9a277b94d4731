package io.gantry.shim;

import io.gantry.call.Call;
import io.gantry.driver.Ledger;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.runtime.ContainerProcess;
import io.gantry.runtime.Recovered;
import io.gantry.shim.proto.StateRequest;
import io.gantry.shim.proto.StateResponse;
import io.gantry.shim.proto.TaskStatus;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a restart: the ledger against the shims that run. A shim is known by its socket and its
 * process; it says what has become of its containers. What one that is dead has left is killed and
 * cleared, for nobody saw how it ended.
 */
final class Recovery {
  private static final Logger LOGGER = LoggerFactory.getLogger(Recovery.class);

  /** A shim that is slow says nothing about its containers; the kernel does. */
  private static final Duration ANSWERING = Duration.ofSeconds(10);

  private final Host host;
  private final Ledger<Entry> ledger;
  private final Shims shims;
  private final Streams streams;
  private final Exits exits;
  private final Execs execs;
  private final Clearing clearing;

  Recovery(
      Host host,
      Ledger<Entry> ledger,
      Shims shims,
      Streams streams,
      Exits exits,
      Execs execs,
      Clearing clearing) {
    this.host = host;
    this.ledger = ledger;
    this.shims = shims;
    this.streams = streams;
    this.exits = exits;
    this.execs = execs;
    this.clearing = clearing;
  }

  /** Finds out about {@code held}, whose entry is what the ledger has, and takes it up. */
  Future<Recovered> takeUp(Call call, Held held) {
    var entry = held.entry();
    if (entry.process().isEmpty() || !entry.bootId().equals(host.bootId())) {
      return vanished(call, held);
    }
    return shims
        .again(entry.shim().orElseThrow())
        .compose(
            shim ->
                shim.map(running -> living(call, held, running, entry.process().orElseThrow()))
                    .orElseGet(() -> vanished(call, held)))
        .recover(
            cause ->
                warned(held.id(), "a container cannot be taken up", cause)
                    .compose(_ -> vanished(call, held)));
  }

  private Future<Recovered> living(
      Call call, Held held, ShimProcess shim, ContainerProcess process) {
    var request = StateRequest.newBuilder().setId(held.id()).build();
    held.shim(shim);
    shim.users().add(held.id());
    return shim.ask(call, Verb.STATE, "state", request, ANSWERING)
        .map(StateResponse::getStatus)
        .recover(cause -> unanswered(held, process, cause))
        .compose(
            status ->
                status == TaskStatus.UNKNOWN
                    ? vanished(call, held)
                    : takenUp(call, held, shim, process, status));
  }

  /** Slow is not gone: what runs is left to run. */
  private Future<TaskStatus> unanswered(Held held, ContainerProcess process, Throwable cause) {
    if (Clearing.isUnknown(cause)) {
      return Future.succeededFuture(TaskStatus.UNKNOWN);
    }
    LOGGER
        .atWarn()
        .addKeyValue("containerId", held.id())
        .addKeyValue("error", cause.getMessage())
        .log("a shim does not tell the state of a container");
    return host.processes()
        .alive(process.first())
        .map(
            alive ->
                alive
                    ? held.entry().started() ? TaskStatus.RUNNING : TaskStatus.CREATED
                    : TaskStatus.UNKNOWN);
  }

  private Future<Recovered> takenUp(
      Call call, Held held, ShimProcess shim, ContainerProcess process, TaskStatus status) {
    return streams
        .again(held)
        .recover(cause -> warned(held.id(), "the output of a container is not read", cause))
        .compose(_ -> execs.sweep(call, held, shim))
        .recover(cause -> warned(held.id(), "execs were not swept", cause))
        .compose(
            _ -> {
              exits.take(held, shim);
              return switch (status) {
                case CREATED -> Future.succeededFuture(new Recovered.Waiting(process));
                case STOPPED -> held.exit().future().map(Recovered.Ended::new);
                default -> caughtUp(held).map(_ -> new Recovered.Running(process));
              };
            });
  }

  /** What a container said meanwhile is read at once, and so in danger until it is written. */
  private static Future<Void> caughtUp(Held held) {
    return held.console().map(Console::caughtUp).orElseGet(Future::succeededFuture);
  }

  /** Nobody saw it end. What may still run is killed: nobody would see that end either. */
  private Future<Recovered> vanished(Call call, Held held) {
    return host.cgroups()
        .kill(held.cgroup())
        .recover(cause -> warned(held.id(), "processes were not ended", cause))
        .compose(_ -> clearing.clearedByBinary(call, held.entry()))
        .compose(_ -> exits.unseen(held))
        .map(Recovered.Ended::new);
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
    return Future.join(clearings)
        .compose(_ -> shims.sweep())
        .recover(cause -> warned("", "shims were not swept", cause));
  }

  Future<List<Entry>> recorded() {
    return ledger.all();
  }

  private static Future<Void> warned(String id, String what, Throwable cause) {
    LOGGER
        .atWarn()
        .addKeyValue("containerId", id)
        .addKeyValue("error", RuntimeFault.of(cause).getMessage())
        .log(what);
    return Future.succeededFuture();
  }
}
