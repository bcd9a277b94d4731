package io.gantry.app;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.PodRuntime;
import io.gantry.sandbox.Sandboxes;
import io.vertx.core.Future;
import java.util.List;

/** Drivers that are made while the daemon serves. */
record Newcomers(Call.Tools tools, Sandboxes sandboxes) implements Drivers.Adoption {
  /**
   * Has the driver clear what an earlier daemon left of trials. One whose handler has pods is
   * refused: it knows nothing of them, and a restart is what takes them up.
   */
  @Override
  public Future<Void> adopt(String handler, PodRuntime runtime) {
    return sandboxes.recoverable(handler).isEmpty()
        ? runtime.recover(Call.internal(tools, "Adopt"), List.of(), List.of()).mapEmpty()
        : Future.failedFuture(
            RuntimeFault.precondition(
                "it works again, and has pods from before (expected: the daemon restarted, which"
                    + " takes them up)"));
  }
}
