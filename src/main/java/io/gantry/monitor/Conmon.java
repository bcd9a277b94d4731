package io.gantry.monitor;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.time.Clock;
import java.util.List;

/** Drives an OCI command line with a conmon for each container. */
public final class Conmon {
  private Conmon() {}

  /**
   * Probes the binaries and starts to watch for exits. A host or a configuration on which this
   * driver cannot work fails with what it lacks.
   */
  public static Future<PodRuntime> runtime(
      Vertx vertx, Host host, Clock clock, ConmonConfig config) {
    return prepare(host, config)
        .compose(_ -> Probe.run(host, config))
        .compose(probed -> ConmonRuntime.started(vertx, host, clock, config, probed))
        .map(runtime -> runtime);
  }

  /** What the driver would be able to do; starts nothing, and fails as {@link #runtime} does. */
  public static Future<Features> features(Host host, ConmonConfig config) {
    return host.disk()
        .act(() -> checkBinaries(config))
        .compose(_ -> Probe.run(host, config))
        .map(Probe.Probed::features);
  }

  private static void checkBinaries(ConmonConfig config) {
    for (var binary : List.of(config.conmon(), config.runtime())) {
      if (!Files.isExecutable(binary)) {
        throw RuntimeFault.precondition("binary: " + binary + " (expected: executable)");
      }
    }
  }

  private static Future<Void> prepare(Host host, ConmonConfig config) {
    return host.disk()
        .act(
            () -> {
              checkBinaries(config);
              for (var directory : List.of(config.root(), config.exits(), config.ledger())) {
                Files.createDirectories(directory);
              }
              StandIn.write(config.standIn());
            });
  }
}
