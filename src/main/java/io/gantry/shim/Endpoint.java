package io.gantry.shim;

import io.gantry.host.ProcessRef;
import java.nio.file.Path;

/**
 * A running shim, as the ledger has it.
 *
 * @param directory where it was started
 * @param socket where it listens
 * @param version of the task service, 2 or 3
 */
record Endpoint(Path directory, Path socket, int version, ProcessRef process) {
  /** The newest that is known here; a shim that has only an older one says so when it is called. */
  static final int NEWEST = 3;

  static final int OLDEST = 2;

  Endpoint ofVersion(int other) {
    return new Endpoint(directory, socket, other, process);
  }
}
