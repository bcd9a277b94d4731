package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.container.ContainerState.Fact;
import io.gantry.ids.ContainerId;
import io.gantry.runtime.ContainerSpec;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.Recovered;
import io.gantry.state.Json;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** After a restart: what the records say of containers against what the runtimes found. */
final class Restart {
  private static final Logger LOG = LoggerFactory.getLogger(Restart.class);

  private final Containers.Parts parts;
  private final ContainerPaths paths;
  private final Records<Container> records;
  private final Ends ends;
  private final Removal removal;

  Restart(
      Containers.Parts parts,
      ContainerPaths paths,
      Records<Container> records,
      Ends ends,
      Removal removal) {
    this.parts = parts;
    this.paths = paths;
    this.records = records;
    this.ends = ends;
    this.removal = removal;
  }

  /** What a runtime was told of the containers that it made on this boot. */
  Future<List<ContainerSpec>> recoverable(String handler) {
    var mine =
        records.all().stream()
            .filter(container -> container.handler().equals(handler))
            .filter(container -> container.bootId().equals(parts.host().bootId()))
            .toList();
    return parts.host().disk().run(() -> specs(mine));
  }

  private List<ContainerSpec> specs(List<Container> containers) throws IOException {
    var specs = new ArrayList<ContainerSpec>();
    for (var container : containers) {
      spec(container).ifPresent(specs::add);
    }
    return specs;
  }

  /** Blocks. */
  Optional<ContainerSpec> spec(Container container) throws IOException {
    var file = paths.spec(container.id());
    return Files.exists(file)
        ? Optional.of(Json.decode(Files.readString(file), ContainerSpec.class))
        : Optional.empty();
  }

  Future<Void> run(Call call, Map<ContainerId, Recovered> found) {
    return Future.join(
            records.all().stream()
                .map(
                    container ->
                        settle(call, container, Optional.ofNullable(found.get(container.id()))))
                .toList())
        .mapEmpty();
  }

  private Future<Void> settle(Call call, Container container, Optional<Recovered> found) {
    if (container.exited()) {
      return Future.succeededFuture();
    }
    if (!parts.runtimes().handlers().contains(container.handler())) {
      return unknown(container);
    }
    if (!container.visible()) {
      return undone(call, container);
    }
    if (container.state() instanceof ContainerState.Created(var cannotRun)
        && cannotRun.isPresent()) {
      return Future.succeededFuture(); // a start tells why
    }
    return switch (found.orElseGet(() -> gone(container))) {
      case Recovered.Waiting _ -> watched(container);
      case Recovered.Running _ ->
          records
              .change(
                  call,
                  container.key(),
                  now -> now.after(new Fact.Started(parts.clock().instant())))
              .compose(_ -> watched(container));
      case Recovered.Ended(var status) -> ends.record(call, container.id(), status);
    };
  }

  /** Nobody can be asked about it now; it may well run, so it stays what it was. */
  private static Future<Void> unknown(Container container) {
    LOG.atError()
        .addKeyValue("containerId", container.id())
        .addKeyValue("handler", container.handler())
        .log("container cannot be looked after: its handler does not work");
    return Future.succeededFuture();
  }

  private Future<Void> undone(Call call, Container container) {
    LOG.atInfo().addKeyValue("containerId", container.id()).log("undoing a half-made container");
    return removal
        .undo(call, container)
        .recover(
            cause -> {
              LOG.atError()
                  .addKeyValue("containerId", container.id())
                  .addKeyValue("error", cause.getMessage())
                  .log("half-made container stays until the next start");
              return Future.succeededFuture();
            });
  }

  private Recovered gone(Container container) {
    LOG.atWarn().addKeyValue("containerId", container.id()).log("container is gone");
    return new Recovered.Ended(ExitStatus.unknown(parts.clock().instant()));
  }

  private Future<Void> watched(Container container) {
    ends.watch(container);
    return Future.succeededFuture();
  }
}
