package io.gantry.shim;

import io.gantry.call.Call;
import io.gantry.call.Lanes;
import io.gantry.driver.Documents;
import io.gantry.driver.PodGrouping;
import io.gantry.driver.ProcFiles;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.host.ProcessRef;
import io.gantry.ids.SandboxId;
import io.gantry.shim.proto.ConnectRequest;
import io.gantry.ttrpc.TtrpcClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/**
 * The shims that run, each once, by the sockets on which they listen. One is started with the first
 * container that needs it and dismissed with the last (decision 0021).
 */
final class Shims {
  private static final int KILL = 9;
  private static final Duration CONNECTING = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final Host host;
  private final ShimConfig config;
  private final Binary binary;
  private final Consumer<ShimProcess> died;
  private final ConcurrentMap<Path, ShimProcess> running = new ConcurrentHashMap<>();
  private final Lanes<SandboxId> lanes = new Lanes<>();

  /**
   * @param died is told of each that ends before it was dismissed
   */
  Shims(Vertx vertx, Host host, ShimConfig config, Binary binary, Consumer<ShimProcess> died) {
    this.vertx = vertx;
    this.host = host;
    this.config = config;
    this.binary = binary;
    this.died = died;
  }

  /** The one for a workload, whose bundle is written: it counts as its user from now on. */
  Future<ShimProcess> take(Call call, Workload workload) {
    return lanes.enter(
        workload.pod(),
        () ->
            ofPod(workload)
                .map(Future::succeededFuture)
                .orElseGet(() -> started(call, workload))
                .onSuccess(shim -> shim.users().add(workload.id())));
  }

  private Optional<ShimProcess> ofPod(Workload workload) {
    var directory = config.places().pod(workload.pod()).directory();
    return running.values().stream()
        .filter(shim -> config.grouped() && !shim.dead())
        .filter(shim -> shim.endpoint().directory().equals(directory))
        .findFirst();
  }

  private Future<ShimProcess> started(Call call, Workload workload) {
    var id = config.grouped() ? workload.pod().value() : workload.id();
    var bundle = config.grouped() ? config.places().pod(workload.pod()) : workload.bundle();
    return prepared(workload, bundle)
        .compose(_ -> host.fifos().make(bundle.log()))
        .compose(_ -> ShimLog.of(host, bundle.log()))
        .compose(
            log ->
                binary
                    .start(call, id, bundle.directory())
                    .compose(said -> found(call, id, bundle.directory(), said, log))
                    .onFailure(_ -> log.close()))
        .recover(
            cause ->
                swept(id)
                    .transform(
                        done ->
                            Future.failedFuture(RuntimeFault.of(cause).alongside(done.cause()))));
  }

  /** The shim of a whole pod stands in a bundle with nothing but the annotations it groups by. */
  private Future<Void> prepared(Workload workload, Bundle bundle) {
    return config.grouped()
        ? host.disk()
            .act(
                () -> {
                  Files.createDirectories(bundle.directory());
                  var annotations = PodGrouping.SANDBOX.of(workload.pod());
                  Documents.write(bundle.config(), Map.of("annotations", annotations));
                })
        : Future.succeededFuture();
  }

  /** Where a shim answers that takes other containers too, that one. */
  private Future<ShimProcess> found(
      Call call, String id, Path directory, Binary.Started said, ShimLog log) {
    var known = running.get(said.socket());
    if (known != null && !known.dead()) {
      log.close();
      return Future.succeededFuture(known);
    }
    return connected(call, id, directory, said, log);
  }

  private Future<ShimProcess> connected(
      Call call, String id, Path directory, Binary.Started said, ShimLog log) {
    return TtrpcClient.connect(vertx, said.socket(), ShimProcess.METADATA)
        .compose(
            client ->
                identified(client, id, said.version())
                    .map(
                        found ->
                            kept(
                                new Endpoint(
                                    directory, said.socket(), found.version(), found.process()),
                                log,
                                client))
                    .onFailure(_ -> client.close()))
        .compose(shim -> call.alive().map(shim));
  }

  private record Identified(int version, ProcessRef process) {}

  /** Who answers, and by which version of the service. */
  private Future<Identified> identified(TtrpcClient client, String id, int version) {
    var request = ConnectRequest.newBuilder().setId(id).build();
    return client
        .call(Verb.CONNECT.of(version), request, Optional.of(CONNECTING))
        .compose(answer -> ours(answer.getShimPid()))
        .map(process -> new Identified(version, process))
        .recover(
            cause ->
                version > Endpoint.OLDEST && ShimProcess.unknownService(cause)
                    ? identified(client, id, version - 1)
                    : Future.failedFuture(RuntimeFault.of(cause).during(config.name())));
  }

  /** A shim says its pid, and that process is killed one day: so it has to be a shim of ours. */
  private Future<ProcessRef> ours(int pid) {
    return host.disk()
        .run(() -> pid > 1 ? ProcFiles.arguments(pid) : List.<String>of())
        .compose(
            arguments ->
                arguments.contains(config.places().events().toString())
                    ? host.processes().find(pid)
                    : Future.succeededFuture(Optional.<ProcessRef>empty()))
        .map(
            found ->
                found.orElseThrow(
                    () ->
                        RuntimeFault.internal(
                            "connect: pid " + pid + " (expected: that of a shim)", null)));
  }

  private ShimProcess kept(Endpoint endpoint, ShimLog log, TtrpcClient client) {
    var shim = ShimProcess.of(vertx, host, config.name(), endpoint, log, client);
    running.put(endpoint.socket(), shim);
    shim.death()
        .onSuccess(
            _ -> {
              running.remove(endpoint.socket(), shim);
              died.accept(shim);
            });
    return shim;
  }

  /** One user less. With the last one it goes, and what it stood on. */
  Future<Void> leave(Call call, ShimProcess shim, SandboxId pod, String id) {
    return lanes.enter(
        pod,
        () -> {
          shim.users().remove(id);
          return shim.users().isEmpty() ? dismissed(call, shim, id) : Future.succeededFuture();
        });
  }

  private Future<Void> dismissed(Call call, ShimProcess shim, String id) {
    var ended = shim.dead() ? Future.<Void>succeededFuture() : shim.dismiss(call, id);
    return ended.compose(
        _ -> {
          running.remove(shim.endpoint().socket(), shim); // the next one must not be given it
          return takenAway(shim.endpoint());
        });
  }

  /** What a shim leaves, above all one that was killed. */
  private Future<Void> takenAway(Endpoint endpoint) {
    var own = endpoint.directory().startsWith(config.places().pods());
    return host.disk()
        .act(() -> Files.deleteIfExists(endpoint.socket()))
        .compose(_ -> own ? host.disk().delete(endpoint.directory()) : Future.succeededFuture());
  }

  /** After a restart: the one that the ledger has, if it still runs and answers. */
  Future<Optional<ShimProcess>> again(Endpoint endpoint) {
    var known = running.get(endpoint.socket());
    if (known != null) {
      return Future.succeededFuture(Optional.of(known));
    }
    return host.processes()
        .alive(endpoint.process())
        .compose(
            alive ->
                alive
                    ? reconnected(endpoint).map(Optional::of)
                    : Future.succeededFuture(Optional.empty()));
  }

  private Future<ShimProcess> reconnected(Endpoint endpoint) {
    return ShimLog.of(host, new Bundle(endpoint.directory()).log())
        .compose(
            log ->
                TtrpcClient.connect(vertx, endpoint.socket(), ShimProcess.METADATA)
                    .map(client -> kept(endpoint, log, client))
                    .onFailure(_ -> log.close()));
  }

  /** Kills shims that nobody knows, and takes away where they stood. */
  Future<Void> sweep() {
    return host.disk()
        .run(this::unknown)
        .compose(this::killAll)
        .compose(_ -> host.disk().run(this::left))
        .compose(left -> Future.join(left.stream().map(host.disk()::delete).toList()))
        .mapEmpty();
  }

  private Set<Integer> unknown() throws IOException {
    var pids = ProcFiles.mentioning(config.places().events().toString());
    running.values().forEach(shim -> pids.remove(shim.endpoint().process().pid()));
    return pids;
  }

  private List<Path> left() throws IOException {
    var known = running.values().stream().map(shim -> shim.endpoint().directory()).toList();
    try (var pods = Files.list(config.places().pods())) {
      return pods.filter(pod -> !known.contains(pod)).toList();
    }
  }

  /** What a start that failed has left running. */
  private Future<Void> swept(String id) {
    return host.disk()
        .run(
            () -> {
              var pids = unknown();
              pids.removeIf(pid -> !ProcFiles.arguments(pid).contains(id));
              return pids;
            })
        .compose(this::killAll);
  }

  private Future<Void> killAll(Set<Integer> pids) {
    return Future.join(pids.stream().map(this::killed).toList()).mapEmpty();
  }

  private Future<Void> killed(int pid) {
    return host.processes()
        .find(pid)
        .compose(
            found ->
                found
                    .map(
                        process ->
                            host.processes()
                                .signal(process, KILL)
                                .compose(_ -> host.processes().ended(process)))
                    .orElseGet(Future::succeededFuture));
  }
}
