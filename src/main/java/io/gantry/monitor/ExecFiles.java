package io.gantry.monitor;

import io.gantry.driver.Documents;
import io.gantry.driver.ExecKin;
import io.gantry.driver.PidFile;
import io.gantry.driver.ProcFiles;
import io.gantry.oci.RuntimeSpec.Process;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The directory of one exec, there while it runs. Its path is among the arguments of whatever runs
 * the command, and nobody else's.
 */
record ExecFiles(Path directory) implements ExecKin.Roots {
  static ExecFiles in(Bundle bundle, String name) {
    return new ExecFiles(bundle.execs().resolve(name));
  }

  /** Makes the directory, with the process to run in it. For threads that may block. */
  void make(Process wanted) throws IOException {
    Files.createDirectories(directory);
    Documents.write(process(), wanted);
  }

  /** The OCI process to run. */
  Path process() {
    return directory.resolve("process.json");
  }

  Path pid() {
    return directory.resolve("pid");
  }

  /** The pid that the command has on a kernel of the pod's own. */
  Path inner() {
    return directory.resolve("inner.pid");
  }

  /** What the runtime itself has to say. */
  Path log() {
    return directory.resolve("log");
  }

  /** What it has said, which may be nothing. For threads that may block. */
  String said() throws IOException {
    return Files.exists(log()) ? Files.readString(log()) : "";
  }

  /** Where the conmon of a streamed exec is attached to; conmon chooses the name. */
  Path attach() {
    return directory.resolve("attach");
  }

  /** The FIFO that it takes orders from; conmon chooses the name. */
  Path orders() {
    return directory.resolve("ctl");
  }

  /** The runtime, which has the path of the pid file among its arguments, and the command. */
  @Override
  public Set<Integer> among(List<Integer> members) throws IOException {
    var pids = ProcFiles.mentioning(pid().toString());
    // A pid of the file that has been given anew lies in another group, or in none of ours.
    PidFile.read(pid()).filter(members::contains).ifPresent(pids::add);
    return pids;
  }
}
