package io.gantry.monitor;

import io.gantry.host.Host;
import io.gantry.runtime.OwnKernelContract;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/**
 * gVisor's command line, as build-gvisor.sh builds it: a container stands for the pod, and the
 * others join its kernel.
 */
@Tag("root")
@Tag("slow")
class ConmonRunscIT extends OwnKernelContract {
  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    return RunscByConmon.driver(Path.of("/usr/bin/conmon"), vertx, host, directory);
  }

  @AfterEach
  void unmountWhatRunscKeeps() {
    on(() -> host.mounts().unmount(directory.resolve(RunscByConmon.KEPT)));
  }
}
