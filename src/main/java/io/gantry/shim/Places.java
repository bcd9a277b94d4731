package io.gantry.shim;

import io.gantry.ids.SandboxId;
import java.nio.file.Path;

/** Everything that lies in the driver's directory: the one class that knows the names. */
record Places(Path directory) {
  /** One file for each container that is made, or was about to be. */
  Path ledger() {
    return directory.resolve("ledger");
  }

  Path bundles() {
    return directory.resolve("bundles");
  }

  /** The bundle's directory has the container's id for a name: shims rely on it (delete). */
  Bundle bundle(String id) {
    return new Bundle(bundles().resolve(id));
  }

  Path pods() {
    return directory.resolve("pods");
  }

  /** Where the shim of a whole pod stands. */
  Bundle pod(SandboxId pod) {
    return new Bundle(pods().resolve(pod.value()));
  }

  /** runc's own. */
  Path state() {
    return directory.resolve("state");
  }

  /** The socket on which shims tell what happened. Each shim has its path among its arguments. */
  Path events() {
    return directory.resolve("events.sock");
  }
}
