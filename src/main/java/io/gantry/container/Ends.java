package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.container.ContainerState.Fact;
import io.gantry.ids.ContainerId;
import io.gantry.runtime.ExitStatus;
import io.gantry.runtime.Runtimes;
import io.gantry.state.Records;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ends of containers: waited for from the day they are made, and put on record. */
final class Ends {
  private static final Logger LOG = LoggerFactory.getLogger(Ends.class);

  private final Runtimes runtimes;
  private final Records<Container> records;
  private final ConcurrentMap<ContainerId, Promise<Void>> recorded = new ConcurrentHashMap<>();

  Ends(Runtimes runtimes, Records<Container> records) {
    this.runtimes = runtimes;
    this.records = records;
  }

  /** Puts the end of the container on record once it comes. */
  void watch(Container container) {
    runtimes
        .runtime(container.handler())
        .exit(container.id())
        .onSuccess(
            status ->
                record(
                    Call.internal(Call.Tools.plain(), "ContainerEnded"), container.id(), status));
  }

  Future<Void> record(Call call, ContainerId id, ExitStatus status) {
    var end = new Fact.Ended(status.at(), status.code(), status.oomKilled(), status.known());
    return records
        .change(call, id.value(), now -> now.after(end))
        .onSuccess(_ -> promise(id).tryComplete())
        .onFailure(
            cause ->
                LOG.atError()
                    .addKeyValue("containerId", id)
                    .addKeyValue("error", cause.getMessage())
                    .log("the end of a container could not be recorded"));
  }

  /** Complete once the container's end is on record. */
  Future<Void> of(ContainerId id) {
    return promise(id).future();
  }

  void forget(ContainerId id) {
    recorded.remove(id);
  }

  private Promise<Void> promise(ContainerId id) {
    return recorded.computeIfAbsent(id, _ -> Promise.promise());
  }
}
