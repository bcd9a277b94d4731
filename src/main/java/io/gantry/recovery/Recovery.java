package io.gantry.recovery;

import io.gantry.call.Call;
import io.gantry.container.Containers;
import io.gantry.ids.ContainerId;
import io.gantry.image.Images;
import io.gantry.runtime.Recovered;
import io.gantry.runtime.Runtimes;
import io.gantry.sandbox.Sandboxes;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a start does before it serves: compares the records with what runs, takes up what still
 * does, tells what ended meanwhile, undoes what was half made, and gives back what belongs to
 * nobody.
 *
 * <pre>
 *   runtimes ──► containers ──► sandboxes ──► networks ──► images
 *   find what    Ended, gone    half-made     given back    layers that
 *   lives        half-made      broken        if unclaimed  nobody needs
 * </pre>
 *
 * One object that cannot be repaired is reported and never stops the start.
 */
public final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Runtimes runtimes;
  private final Sandboxes sandboxes;
  private final Containers containers;
  private final Images images;

  private Recovery(Runtimes runtimes, Sandboxes sandboxes, Containers containers, Images images) {
    this.runtimes = runtimes;
    this.sandboxes = sandboxes;
    this.containers = containers;
    this.images = images;
  }

  public static Recovery of(
      Runtimes runtimes, Sandboxes sandboxes, Containers containers, Images images) {
    return new Recovery(runtimes, sandboxes, containers, images);
  }

  /** Complete when the daemon may serve. */
  public Future<Void> run(Call call) {
    return call.phase("runtimes", () -> askRuntimes(call))
        .compose(found -> call.phase("containers", () -> containers.recover(call, found)))
        .compose(_ -> call.phase("sandboxes", () -> sandboxes.recover(call)))
        .compose(_ -> call.phase("networks", () -> sandboxes.recoverNetworks(call)))
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
}
