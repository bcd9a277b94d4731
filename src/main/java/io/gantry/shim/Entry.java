package io.gantry.shim;

import io.gantry.host.ProcessRef;
import io.gantry.ids.SandboxId;
import io.gantry.runtime.ContainerProcess;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the ledger has of one container.
 *
 * @param bootId the boot on which its processes mean something
 * @param mounted where its layers, or the image of them, are mounted, if they are
 * @param shim who looks after it; empty until that runs
 * @param first its first process; empty until it has been created
 * @param started whether it was told to run
 */
record Entry(
    String id,
    SandboxId pod,
    String bootId,
    Optional<Path> mounted,
    String cgroup,
    Optional<Endpoint> shim,
    Optional<ProcessRef> first,
    boolean started) {

  Entry with(Endpoint running) {
    return new Entry(id, pod, bootId, mounted, cgroup, Optional.of(running), first, started);
  }

  Entry with(ProcessRef created) {
    return new Entry(id, pod, bootId, mounted, cgroup, shim, Optional.of(created), started);
  }

  Entry withStart() {
    return new Entry(id, pod, bootId, mounted, cgroup, shim, first, true);
  }

  /** Whether the shim was given the image of a block device. */
  boolean isImage(Bundle bundle) {
    return mounted.filter(bundle.root()::equals).isPresent();
  }

  /** The processes, once both are known. */
  Optional<ContainerProcess> process() {
    return first.flatMap(
        process -> shim.map(running -> new ContainerProcess(process, running.process())));
  }
}
