package io.gantry.monitor;

import java.nio.file.Path;

/**
 * The directory of one exec, there while it runs. Its path is among the arguments of whatever runs
 * the command, and nobody else's.
 */
record ExecFiles(Path directory) {
  static ExecFiles in(Bundle bundle, String name) {
    return new ExecFiles(bundle.execs().resolve(name));
  }

  /** The OCI process to run. */
  Path process() {
    return directory.resolve("process.json");
  }

  Path pid() {
    return directory.resolve("pid");
  }

  /** What the runtime itself has to say. */
  Path log() {
    return directory.resolve("log");
  }
}
