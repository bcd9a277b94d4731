package io.gantry.shim;

import com.google.protobuf.Timestamp;
import io.gantry.call.Call;
import io.gantry.driver.Ledger;
import io.gantry.driver.Patience;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.gantry.shim.proto.DeleteRequest;
import io.gantry.shim.proto.KillRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away everything an entry of the ledger stands for, however far its making had come. The
 * entry itself goes last, so that what fails here is tried again by the next one who clears.
 */
final class Clearing {
  private static final Logger LOGGER = LoggerFactory.getLogger(Clearing.class);
  private static final int KILL = 9;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration UNSTARTED = Duration.ofSeconds(2);
  private static final int KILLED = 128 + KILL;

  /** What a shim gets to answer to a create whose processes were killed. */
  private static final Duration MAKING = Duration.ofSeconds(5);

  /** A shim waits that long itself for outputs that somebody holds. */
  private static final Duration DELETING = Duration.ofSeconds(20);

  private final Vertx vertx;
  private final Host host;
  private final Binary binary;
  private final Ledger<Entry> ledger;
  private final Places places;
  private final Shims shims;
  private final Exits exits;

  Clearing(
      Vertx vertx,
      Host host,
      Binary binary,
      Ledger<Entry> ledger,
      Places places,
      Shims shims,
      Exits exits) {
    this.vertx = vertx;
    this.host = host;
    this.binary = binary;
    this.ledger = ledger;
    this.places = places;
    this.shims = shims;
    this.exits = exits;
  }

  /** Idempotent. Whoever waits for the end of the workload learns of it first. */
  Future<Void> clear(Call call, Held held) {
    return ended(call, held)
        .compose(_ -> forgotten(call, held))
        .compose(_ -> left(call, held))
        .compose(
            _ -> {
              held.console().ifPresent(Console::close);
              return takenAway(held.entry());
            });
  }

  /** The same for what is known from the ledger alone. */
  Future<Void> clear(Call call, Entry entry) {
    var held = new Held(Workload.remains(entry, places), entry);
    return shim(entry)
        .compose(
            shim -> {
              shim.ifPresent(
                  running -> {
                    running.users().add(entry.id());
                    held.shim(running);
                    exits.take(held, running);
                  });
              return clear(call, held);
            });
  }

  private Future<Optional<ShimProcess>> shim(Entry entry) {
    return entry
        .shim()
        .filter(_ -> entry.bootId().equals(host.bootId()))
        .map(shims::again)
        .orElseGet(() -> Future.succeededFuture(Optional.empty()));
  }

  /** Kills what runs, and waits until that is known. */
  private Future<Void> ended(Call call, Held held) {
    var shim = held.shim().filter(running -> !running.dead());
    var killed =
        shim.isPresent() && !held.exit().settled() && held.creating().isComplete()
            ? killed(call, held, shim.get())
            : Future.<Void>succeededFuture();
    return killed
        .compose(_ -> host.cgroups().kill(held.cgroup()))
        .compose(_ -> made(call, held))
        .compose(_ -> told(call, held));
  }

  /** The first kill may have come before there was anything to kill. */
  private Future<Void> made(Call call, Held held) {
    if (held.creating().isComplete()) {
      return Future.succeededFuture();
    }
    return Patience.until(vertx, call, MAKING, "create", held.creating())
        .<Void>mapEmpty()
        .recover(
            cause ->
                held.creating().isComplete()
                    ? Future.succeededFuture()
                    : stuck(call, held, held.running(), cause))
        .compose(_ -> host.cgroups().kill(held.cgroup()));
  }

  private Future<Void> killed(Call call, Held held, ShimProcess shim) {
    var request = KillRequest.newBuilder().setId(held.id()).setSignal(KILL).setAll(true).build();
    return shim.ask(call, Verb.KILL, "kill", request, PATIENCE)
        .<Void>mapEmpty()
        .recover(_ -> call.alive()); // the group is killed by the kernel, in any case
  }

  private Future<Void> told(Call call, Held held) {
    if (held.entry().first().isEmpty() || held.shim().isEmpty() || held.exit().settled()) {
      return Future.succeededFuture();
    }
    return !held.entry().started() && held.shim().filter(it -> !it.dead()).isPresent()
        ? killedUnstarted(call, held)
        : Patience.until(vertx, call, PATIENCE, "exit", held.exit().future())
            .<Void>mapEmpty()
            .recover(_ -> exits.unseen(held).mapEmpty());
  }

  /**
   * After the kill of what was never started: gVisor has no process to kill then, and its shim
   * waits for the end of one, even to delete it. There the runtime's own command deletes it, which
   * is its end, and a shim that has nothing else is not needed any more.
   */
  Future<Void> killedUnstarted(Call call, Held held) {
    return Patience.until(vertx, call, UNSTARTED, "exit", held.exit().future())
        .<Void>mapEmpty()
        .recover(
            _ ->
                clearedByBinary(call, held.entry())
                    .onSuccess(_ -> held.abandon())
                    .compose(_ -> exits.told(held, KILLED, Timestamp.getDefaultInstance()))
                    .compose(_ -> alone(held)));
  }

  private static Future<Void> alone(Held held) {
    return held.shim()
        .filter(shim -> Set.of(held.id()).equals(shim.users()))
        .map(ShimProcess::kill)
        .orElseGet(Future::succeededFuture);
  }

  private Future<Void> forgotten(Call call, Held held) {
    var shim = held.shim().filter(running -> !running.dead() && !held.abandoned());
    return shim.map(running -> deleted(call, held, running))
        .orElseGet(() -> clearedByBinary(call, held.entry()));
  }

  private Future<Void> deleted(Call call, Held held, ShimProcess shim) {
    var request = DeleteRequest.newBuilder().setId(held.id()).build();
    return shim.ask(call, Verb.DELETE, "delete", request, DELETING)
        .<Void>mapEmpty()
        .recover(
            cause ->
                switch (RuntimeFault.of(cause).kind()) {
                  case NOT_FOUND -> Future.succeededFuture();
                  case UNAVAILABLE, DEADLINE_EXCEEDED -> stuck(call, held, shim, cause);
                  default -> Future.failedFuture(cause);
                });
  }

  /** Nothing more will come of a shim that does not let go of what has ended. */
  private Future<Void> stuck(Call call, Held held, ShimProcess shim, Throwable cause) {
    if (call.over().isPresent()) {
      return Future.failedFuture(cause); // it was the caller who had no more time
    }
    LOGGER
        .atWarn()
        .addKeyValue("containerId", held.id())
        .addKeyValue("error", cause.getMessage())
        .addKeyValue("said", shim.lastWords())
        .log("a shim is stuck: it is killed");
    return shim.kill().compose(_ -> clearedByBinary(call, held.entry()));
  }

  /**
   * What a dead shim, or none, has left. A binary that cannot clear is no reason to keep the rest.
   */
  Future<Void> clearedByBinary(Call call, Entry entry) {
    var bundle = places.bundle(entry.id());
    return host.disk()
        .run(() -> Files.exists(bundle.config()))
        .compose(
            there ->
                there
                    ? binary
                        .delete(call.detached(), entry.id(), bundle.directory())
                        .recover(cause -> warned(entry.id(), cause))
                    : Future.succeededFuture());
  }

  private Future<Void> left(Call call, Held held) {
    return held.shim()
        .map(shim -> shims.leave(call, shim, held.entry().pod(), held.id()))
        .orElseGet(Future::succeededFuture);
  }

  private Future<Void> takenAway(Entry entry) {
    return Future.join(
            unmounted(entry)
                .compose(_ -> host.disk().delete(places.bundle(entry.id()).directory())),
            host.cgroups().remove(entry.cgroup()))
        .compose(_ -> ledger.remove(entry.id()));
  }

  private Future<Void> unmounted(Entry entry) {
    return entry
        .mounted()
        .map(target -> host.mounts().unmount(target))
        .orElseGet(Future::succeededFuture);
  }

  private static Future<Void> warned(String id, Throwable cause) {
    LOGGER
        .atWarn()
        .addKeyValue("containerId", id)
        .addKeyValue("error", cause.getMessage())
        .log("a shim's binary has not cleared what a dead shim left");
    return Future.succeededFuture();
  }

  /** For those who tell apart what is refused by the shim and what by us. */
  static boolean isUnknown(Throwable cause) {
    return RuntimeFault.of(cause).kind() == Kind.NOT_FOUND;
  }
}
