package io.gantry.security;

import io.gantry.call.Call;
import io.gantry.host.Host;
import io.gantry.runtime.Confines;
import io.vertx.core.Future;
import java.nio.file.Path;

/**
 * What this host can confine processes with.
 *
 * <p>Call from any thread; nothing blocks. What is asked for and not there is FAILED_PRECONDITION,
 * what is written wrongly INVALID_ARGUMENT; both say what.
 */
public interface Confinement {
  /**
   * What this host has, looked at once; where it has AppArmor, the default profile is loaded. That
   * this fails stops no start: the containers that need it say why.
   */
  static Future<Confinement> on(Call call, Host host) {
    return HostConfinement.on(call, host, Path.of("/"));
  }

  /** What a runtime is to be told of a process. */
  Future<Confines> of(Call call, Asked asked);
}
