package io.gantry.monitor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.host.Host;
import io.gantry.runtime.OwnKernelContract;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/**
 * gVisor's command line, as build-gvisor.sh builds it: a container stands for the pod, and the
 * others join its kernel.
 */
@Tag("root")
@Tag("slow")
class ConmonRunscIT extends OwnKernelContract {
  private static final Path RUNSC = Cache.path("gvisor/runsc");

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    assumeTrue(Files.exists(RUNSC), "runsc has been built");
    var usual =
        ConmonConfig.of(
            Path.of("/usr/bin/conmon"),
            RUNSC,
            Optional.of(Path.of("/usr/bin/catatonit")),
            directory);
    return Conmon.runtime(
        vertx,
        host,
        Clock.systemUTC(),
        new ConmonConfig(
            usual.conmon(),
            usual.runtime(),
            usual.catatonit(),
            usual.directory(),
            List.of("--network=none", "--platform=systrap"),
            usual.defaultCgroupParent(),
            usual.quirks(),
            true));
  }

  @AfterEach
  void unmountWhatRunscKeeps() {
    on(() -> host.mounts().unmount(directory.resolve("driver/state/null-netns")));
  }
}
