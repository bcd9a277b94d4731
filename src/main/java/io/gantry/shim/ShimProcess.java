package io.gantry.shim;

import com.google.protobuf.MessageLite;
import io.gantry.call.Call;
import io.gantry.driver.Complaint;
import io.gantry.driver.Outcome;
import io.gantry.driver.Patience;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.shim.proto.ShutdownRequest;
import io.gantry.shim.proto.WaitRequest;
import io.gantry.shim.proto.WaitResponse;
import io.gantry.ttrpc.Refusal;
import io.gantry.ttrpc.TtrpcClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running shim and the connection to it.
 *
 * <pre>
 *   connected ── connection ends, process lives ──► reconnecting ── few times ──► connected
 *       │                                                │ too often: it is killed
 *       └──────────── process ends ──────────────────────┴──► dead, which is told once
 * </pre>
 */
final class ShimProcess {
  /** What an answer to anything but the end of a process may take. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  static final Map<String, String> METADATA =
      Map.of("containerd-namespace-ttrpc", Binary.NAMESPACE);

  private static final Logger LOGGER = LoggerFactory.getLogger(ShimProcess.class);
  private static final int KILL = 9;
  private static final int LOSSES_MAX = 5;
  private static final int FIRST_DELAY_MILLIS = 50;
  private static final long FORGIVEN_MILLIS = 60_000;
  private static final Duration ENDING = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Host host;
  private final String name;
  private final ShimLog log;
  private final Set<String> users = ConcurrentHashMap.newKeySet();
  private final Outcome<ProcessRef> death = Outcome.pending();
  private final AtomicReference<Promise<Void>> reconnected = new AtomicReference<>(opened());
  private final AtomicInteger losses = new AtomicInteger();
  private volatile Endpoint endpoint;
  private volatile TtrpcClient client;
  private volatile boolean leaving;

  private ShimProcess(
      Vertx vertx, Host host, String name, Endpoint endpoint, ShimLog log, TtrpcClient client) {
    this.vertx = vertx;
    this.host = host;
    this.name = name;
    this.endpoint = endpoint;
    this.log = log;
    this.client = client;
  }

  /** One that has been found to be what its endpoint says. */
  static ShimProcess of(
      Vertx vertx, Host host, String name, Endpoint endpoint, ShimLog log, TtrpcClient client) {
    var shim = new ShimProcess(vertx, host, name, endpoint, log, client);
    client.closed().onComplete(_ -> shim.lost());
    host.processes().ended(endpoint.process()).onSuccess(_ -> shim.ended());
    return shim;
  }

  private static Promise<Void> opened() {
    Promise<Void> open = Promise.promise();
    open.complete();
    return open;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** The ids of those it looks after. */
  Set<String> users() {
    return users;
  }

  boolean dead() {
    return death.settled();
  }

  /** Its process, once that has ended, or was killed for what it said. */
  Future<ProcessRef> death() {
    return death.future();
  }

  /** What it wrote to its log of late, for people. */
  String lastWords() {
    return log.lastWords();
  }

  /**
   * Asks for something.
   *
   * @param what how messages call it
   */
  <T extends MessageLite> Future<T> ask(
      Call call, Verb<T> verb, String what, MessageLite request, Duration limit) {
    var left = call.remaining().filter(rest -> rest.compareTo(limit) < 0).orElse(limit);
    return call.alive()
        .compose(
            _ ->
                Patience.until(
                    vertx,
                    call,
                    left,
                    name + " " + what,
                    once(verb, request, Optional.of(left.plusSeconds(1)))))
        .recover(cause -> Future.failedFuture(fault(what, RuntimeFault.of(cause))));
  }

  <T extends MessageLite> Future<T> ask(Call call, Verb<T> verb, MessageLite request) {
    return ask(call, verb, verb.words(), request, PATIENCE);
  }

  /** How a process ended; fails if the shim did. Goes on over a connection that was lost. */
  Future<WaitResponse> awaitExit(String id, String exec) {
    var request = WaitRequest.newBuilder().setId(id).setExecId(exec).build();
    return once(Verb.WAIT, request, Optional.empty())
        .recover(
            cause ->
                isLoss(cause)
                    ? connected().compose(_ -> awaitExit(id, exec))
                    : Future.failedFuture(cause));
  }

  private <T extends MessageLite> Future<T> once(
      Verb<T> verb, MessageLite request, Optional<Duration> limit) {
    var asked = endpoint.version();
    return client
        .call(verb.of(asked), request, limit)
        .recover(
            cause -> {
              if (asked == Endpoint.OLDEST || !unknownService(cause)) {
                return Future.failedFuture(cause);
              }
              // a shim that has run since before its binary was replaced by a newer one
              endpoint = endpoint.ofVersion(Endpoint.OLDEST);
              return client.call(verb.of(Endpoint.OLDEST), request, limit);
            });
  }

  static boolean unknownService(Throwable cause) {
    return Refusal.in(cause).filter(it -> it.code() == Refusal.UNIMPLEMENTED).isPresent();
  }

  private static boolean isLoss(Throwable cause) {
    return RuntimeFault.of(cause).kind() == Kind.UNAVAILABLE && Refusal.in(cause).isEmpty();
  }

  /**
   * The words of an OCI runtime below tell more than the code, where that is none in particular.
   */
  private RuntimeFault fault(String what, RuntimeFault fault) {
    var words = Refusal.in(fault).map(Refusal::words);
    return words.isPresent() && fault.kind() == Kind.INTERNAL
        ? Complaint.of(name + " " + what, words.get())
        : fault.during(name + " " + what);
  }

  /** The next connection, or this one; fails once the shim is dead. */
  private Future<Void> connected() {
    if (dead()) {
      return Future.failedFuture(gone());
    }
    Promise<Void> mine = Promise.promise();
    var context = vertx.getOrCreateContext();
    reconnected.get().future().onComplete(done -> context.runOnContext(_ -> mine.handle(done)));
    return mine.future();
  }

  private void lost() {
    if (leaving || dead()) {
      return;
    }
    var next = Promise.<Void>promise();
    reconnected.set(next);
    var before = losses.incrementAndGet();
    if (before > LOSSES_MAX) {
      giveUp("a shim's connection breaks again and again");
      return;
    }
    vertx.setTimer(
        (long) FIRST_DELAY_MILLIS << before,
        _ ->
            TtrpcClient.connect(vertx, endpoint.socket(), METADATA)
                .onSuccess(connection -> back(connection, next))
                .onFailure(_ -> lost()));
  }

  private void back(TtrpcClient connection, Promise<Void> waiting) {
    client = connection;
    waiting.tryComplete();
    var before = losses.get();
    vertx.setTimer(FORGIVEN_MILLIS, _ -> losses.compareAndSet(before, 0));
    connection.closed().onComplete(_ -> lost());
  }

  /** A shim that cannot be spoken to is of no use, and what it holds cannot be had otherwise. */
  private void giveUp(String why) {
    LOGGER
        .atWarn()
        .addKeyValue("shim", name)
        .addKeyValue("pid", endpoint.process().pid())
        .addKeyValue("said", lastWords())
        .log(why + ": it is killed");
    host.processes().signal(endpoint.process(), KILL);
  }

  private void ended() {
    leaving = true;
    client.close();
    log.close();
    death.settle(endpoint.process());
    reconnected.get().tryFail(gone());
  }

  private RuntimeFault gone() {
    return RuntimeFault.unavailable(name + ": ended (expected: running)", null);
  }

  /**
   * Ends it, now that it looks after nobody. One that does not go is killed: nothing of it is
   * needed.
   */
  Future<Void> dismiss(Call call, String id) {
    leaving = true;
    var request = ShutdownRequest.newBuilder().setId(id).build();
    return once(Verb.SHUTDOWN, request, Optional.of(ENDING))
        .recover(_ -> Future.succeededFuture()) // it may have ended before it could answer
        .compose(
            _ ->
                Patience.until(
                    vertx, call, ENDING, name, host.processes().ended(endpoint.process())))
        .recover(_ -> kill());
  }

  Future<Void> kill() {
    leaving = true;
    return host.processes()
        .signal(endpoint.process(), KILL)
        .compose(_ -> host.processes().ended(endpoint.process()));
  }

  /** Lets go of one that goes on. */
  void forget() {
    leaving = true;
    client.close();
    log.close();
  }
}
