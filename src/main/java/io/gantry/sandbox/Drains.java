package io.gantry.sandbox;

import io.gantry.call.Call;
import io.vertx.core.Future;
import java.util.List;

/**
 * Why this node takes no new pods. As long as there is one drain, a pod that is not here is refused
 * with its reason; those that are here go on, and are stopped and removed as ever. Kept across
 * restarts.
 */
public interface Drains {
  /** Begins one, or gives it another reason. A name is 1 to 64 letters, digits and {@code ._-}. */
  Future<Void> begin(Call call, String name, String reason);

  /** Ends it. NOT_FOUND if there is none of this name. */
  Future<Void> end(Call call, String name);

  /** Those that go on, the oldest first. */
  List<Drain> all();
}
