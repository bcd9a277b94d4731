package io.gantry.recovery;

import io.gantry.call.Call;
import io.gantry.container.Containers;
import io.gantry.ids.ContainerId;
import io.gantry.ids.SandboxId;
import io.gantry.image.Images;
import io.gantry.network.Networks;
import io.gantry.runtime.Recovered;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandbox;
import io.gantry.sandbox.Sandboxes;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a start does before it serves: compares the records with what runs, takes up what still
 * does, tells what ended meanwhile, undoes what was half made, and gives back what belongs to
 * nobody.
 *
 * <pre>
 *   runtimes ──► containers ──► sandboxes ──► networks ──► images
 *   find what    Ended, gone    half-made     attached,     layers that
 *   lives        half-made      broken        no record     nobody needs
 * </pre>
 *
 * One object that cannot be repaired is reported and never stops the start.
 */
public final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Runtimes runtimes;
  private final Networks networks;
  private final Sandboxes sandboxes;
  private final Containers containers;
  private final Images images;

  private Recovery(
      Runtimes runtimes,
      Networks networks,
      Sandboxes sandboxes,
      Containers containers,
      Images images) {
    this.runtimes = runtimes;
    this.networks = networks;
    this.sandboxes = sandboxes;
    this.containers = containers;
    this.images = images;
  }

  public static Recovery of(
      Runtimes runtimes,
      Networks networks,
      Sandboxes sandboxes,
      Containers containers,
      Images images) {
    return new Recovery(runtimes, networks, sandboxes, containers, images);
  }

  /** Complete when the daemon may serve. */
  public Future<Void> run(Call call) {
    return call.phase("runtimes", () -> askRuntimes(call))
        .compose(found -> call.phase("containers", () -> containers.recover(call, found)))
        .compose(_ -> call.phase("sandboxes", () -> sandboxes.recover(call)))
        .compose(_ -> call.phase("networks", () -> detachOrphans(call)))
        .compose(_ -> call.phase("images", () -> images.sweep(call)))
        .onSuccess(
            _ ->
                LOG.atInfo()
                    .addKeyValue("sandboxes", sandboxes.list().size())
                    .addKeyValue("containers", containers.list().size())
                    .addKeyValue("millis", call.elapsed().toMillis())
                    .log("recovered"));
  }

  private Future<Map<ContainerId, Recovered>> askRuntimes(Call call) {
    var found = new ConcurrentHashMap<ContainerId, Recovered>();
    return Future.join(
            runtimes.handlers().stream().map(handler -> ask(call, handler, found)).toList())
        .map(_ -> (Map<ContainerId, Recovered>) found);
  }

  private Future<Void> ask(Call call, String handler, Map<ContainerId, Recovered> found) {
    return containers
        .recoverable(handler)
        .compose(
            known -> runtimes.runtime(handler).recover(call, sandboxes.recoverable(handler), known))
        .map(
            answer -> {
              found.putAll(answer);
              return null;
            });
  }

  /** Addresses of pods without a record; what cannot be given back now is tried again next time. */
  private Future<Void> detachOrphans(Call call) {
    var known = sandboxes.list().stream().map(Sandbox::id).collect(Collectors.toSet());
    return networks
        .cached()
        .compose(
            cached ->
                Future.join(
                    cached.stream()
                        .filter(id -> !known.contains(id))
                        .map(id -> detach(call, id))
                        .toList()))
        .mapEmpty();
  }

  private Future<Void> detach(Call call, SandboxId id) {
    return networks
        .detach(call, id)
        .recover(
            cause -> {
              LOG.atWarn()
                  .addKeyValue("sandboxId", id)
                  .addKeyValue("error", cause.getMessage())
                  .log("an address without a pod could not be given back");
              return Future.succeededFuture();
            });
  }
}
