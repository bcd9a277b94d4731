package io.gantry.shim;

import io.gantry.host.Host;
import io.gantry.runtime.OwnKernelPodContract;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** All of the port's contract, over gVisor's own shim. */
@Tag("root")
@Tag("slow")
class ShimRunscContractIT extends OwnKernelPodContract {
  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    return ShimRunscIT.gvisors(vertx, host, directory);
  }

  /** The shim is asked to kill a command and kills that; it tells no group of processes. */
  @Override
  protected boolean childrenOfACommandStay() {
    return true;
  }

  /** What the shim tells when nobody can say any more how its containers ended. */
  @Override
  protected int codeOfAKilledPod() {
    return 128;
  }

  /** A driver that a restart has left behind clears as well when it sees the shim die. */
  @AfterEach
  void everyDriverHasCleared() {
    made.forEach(container -> on(() -> runtime.delete(call(), container.id())));
    opened.forEach(spec -> on(() -> runtime.close(call(), spec.id())));
    awaitTrue(() -> processesNaming(directory).isEmpty());
    on(() -> host.mounts().unmount(directory.resolve("runsc/k8s.io/null-netns")));
  }
}
