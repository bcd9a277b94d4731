package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes away all that is left of a container, step by step; each bears that it was done before. */
final class Removal {
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);

  private final Containers.Parts parts;
  private final ContainerPaths paths;
  private final Records<Container> records;
  private final Ends ends;

  Removal(Containers.Parts parts, ContainerPaths paths, Records<Container> records, Ends ends) {
    this.parts = parts;
    this.paths = paths;
    this.records = records;
    this.ends = ends;
  }

  /** Of one that has ended; tells of it. Layers that only it stood on are freed behind it. */
  Future<Void> remove(Call call, Container container) {
    return clear(call, container, () -> records.remove(call, container, "ContainerRemoved"))
        .onSuccess(_ -> freeLayers(call.detached(), container));
  }

  /** Of one that nobody ever saw. */
  Future<Void> undo(Call call, Container container) {
    return clear(call, container, () -> records.forget(call, container));
  }

  private Future<Void> clear(Call call, Container container, Supplier<Future<Void>> last) {
    return Flow.of(call)
        .step(
            RemoveStep.RUNTIME,
            () -> parts.runtimes().runtime(container.handler()).delete(call, container.id()))
        .step(
            RemoveStep.DIRECTORIES,
            () ->
                new VolumeMounts(parts.host(), paths)
                    .remove(container.id())
                    .compose(_ -> Creation.removeDirectories(parts.host(), paths, container)))
        .step(RemoveStep.RECORD, last)
        .run()
        .onSuccess(_ -> ends.forget(container.id()));
  }

  /** Nobody waits for that. */
  private void freeLayers(Call call, Container container) {
    parts
        .images()
        .get()
        .sweep(call)
        .onFailure(
            cause ->
                LOG.atWarn()
                    .addKeyValue("containerId", container.id())
                    .addKeyValue("error", cause.getMessage())
                    .log("layers could not be freed"));
  }
}
