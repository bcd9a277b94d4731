package io.gantry.monitor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.host.Host;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** gVisor's command line below a conmon, as the contracts ask it. */
final class RunscByConmon {
  private static final Path RUNSC = Cache.path("gvisor/runsc");

  /** A mount that runsc makes in its state folder and keeps for ever. */
  static final String KEPT = "driver/state/null-netns";

  private RunscByConmon() {}

  static Future<PodRuntime> driver(Path conmon, Vertx vertx, Host host, Path directory) {
    assumeTrue(Files.exists(RUNSC), "runsc has been built");
    var usual =
        ConmonConfig.of(conmon, RUNSC, Optional.of(Path.of("/usr/bin/catatonit")), directory);
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
}
