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

  /** Where the conmon of a streamed exec is attached to; conmon chooses the name. */
  Path attach() {
    return directory.resolve("attach");
  }

  /** The FIFO that it takes orders from; conmon chooses the name. */
  Path orders() {
    return directory.resolve("ctl");
  }
}
