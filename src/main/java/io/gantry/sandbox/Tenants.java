package io.gantry.sandbox;

import io.gantry.call.Call;
import io.gantry.ids.SandboxId;
import io.vertx.core.Future;

/** Who lives in sandboxes: whatever makes containers in them implements it. */
public interface Tenants {
  /** Ends all containers of a sandbox, at once. New ones are refused by its Closing state. */
  Future<Void> evict(Call call, SandboxId sandbox);

  /** Removes all containers of a sandbox, which has been closed. */
  Future<Void> removeAll(Call call, SandboxId sandbox);
}
