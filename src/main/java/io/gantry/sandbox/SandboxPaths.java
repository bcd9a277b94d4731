package io.gantry.sandbox;

import io.gantry.ids.SandboxId;
import java.nio.file.Path;

/** Where the parts of a sandbox lie, all of them in the run folder: none survives a reboot. */
record SandboxPaths(Path all) {
  Path of(SandboxId id) {
    return all.resolve(id.value());
  }

  /** Pins of namespaces. */
  Path namespaces(SandboxId id) {
    return of(id).resolve("ns");
  }

  /** The runtime driver's own. */
  Path runtime(SandboxId id) {
    return of(id).resolve("runtime");
  }

  Path shm(SandboxId id) {
    return of(id).resolve("shm");
  }

  Path resolvConf(SandboxId id) {
    return of(id).resolve("resolv.conf");
  }

  Path hosts(SandboxId id) {
    return of(id).resolve("hosts");
  }

  Path hostname(SandboxId id) {
    return of(id).resolve("hostname");
  }
}
