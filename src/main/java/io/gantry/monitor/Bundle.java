package io.gantry.monitor;

import java.nio.file.Path;

/** Everything that lies in a container's directory: the one class that knows the names. */
record Bundle(Path directory) {
  Path config() {
    return directory.resolve("config.json");
  }

  /** conmon's own pid. */
  Path monitorPid() {
    return directory.resolve("monitor.pid");
  }

  Path firstPid() {
    return directory.resolve("first.pid");
  }

  /** The FIFO that conmon takes orders from; conmon chooses the name. */
  Path orders() {
    return directory.resolve("ctl");
  }

  /** The socket by which others join the first process; conmon chooses the name. */
  Path attach() {
    return directory.resolve("attach");
  }

  /** Where conmon leaves what must outlive it. */
  Path persistent() {
    return directory.resolve("persist");
  }

  /** Exists once the kernel killed in the container's group for want of memory. */
  Path outOfMemory() {
    return persistent().resolve("oom");
  }

  /** The files of execs under way. */
  Path execs() {
    return directory.resolve("exec");
  }
}
