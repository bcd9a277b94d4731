package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.sandbox.SandboxState.Fact;
import io.gantry.state.Records;
import io.vertx.core.Future;
import java.time.Clock;

/** StopPodSandbox and RemovePodSandbox of one sandbox, step by step. */
final class Closing {
  private final Call call;
  private final Sandbox sandbox;
  private final Premises premises;
  private final Records<Sandbox> records;
  private final Tenants tenants;
  private final Clock clock;

  Closing(
      Call call,
      Sandbox sandbox,
      Premises premises,
      Records<Sandbox> records,
      Tenants tenants,
      Clock clock) {
    this.call = call;
    this.sandbox = sandbox;
    this.premises = premises;
    this.records = records;
    this.tenants = tenants;
    this.clock = clock;
  }

  /**
   * The containers end before the network goes. Each part is taken down even if the one before it
   * could not be; the first fault is told, and the sandbox stays Closing until all are gone.
   */
  Future<Void> stop() {
    return Flow.of(call)
        .step(StopStep.CLOSING, () -> become(new Fact.StopBegun(clock.instant())))
        .step(StopStep.EVICT, () -> tenants.evict(call, sandbox.id()))
        .together(
            new Flow.Group()
                .step(StopStep.RUNTIME, () -> premises.closeRuntime(call, sandbox))
                .step(StopStep.NETWORK, () -> premises.detach(call, sandbox)))
        .step(
            StopStep.NAMESPACES,
            () -> premises.unpinNamespaces(sandbox).compose(_ -> premises.unmountFiles(sandbox)))
        .step(StopStep.CLOSED, () -> become(new Fact.Stopped(clock.instant())))
        .run();
  }

  Future<Void> remove() {
    return Flow.of(call)
        .step(RemoveStep.CONTAINERS, () -> tenants.removeAll(call, sandbox.id()))
        .step(RemoveStep.DIRECTORIES, () -> premises.removeDirectories(sandbox))
        .step(RemoveStep.RECORD, () -> records.remove(call, sandbox, "SandboxRemoved"))
        .run();
  }

  /** Takes down one that nobody ever saw. */
  Future<Void> undo() {
    return premises
        .closeRuntime(call, sandbox)
        .compose(_ -> premises.detach(call, sandbox))
        .compose(_ -> premises.unpinNamespaces(sandbox))
        .compose(_ -> premises.unmountFiles(sandbox))
        .compose(_ -> premises.removeDirectories(sandbox))
        .compose(_ -> records.forget(call, sandbox));
  }

  private Future<Void> become(Fact fact) {
    return records.change(call, sandbox.key(), now -> now.after(fact));
  }
}
