package io.gantry.shim;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.Host;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;

/** Drives a containerd shim of version 2. */
public final class Shim {
  private Shim() {}

  /**
   * Asks the shim's binary what it is and begins to listen to what shims tell. A host or a
   * configuration on which this driver cannot work fails with what it lacks.
   */
  public static Future<PodRuntime> runtime(Vertx vertx, Host host, Clock clock, ShimConfig config) {
    return prepare(host, config)
        .compose(_ -> Probe.run(host, config))
        .compose(probed -> ShimRuntime.started(vertx, host, clock, config, probed))
        .map(runtime -> runtime);
  }

  /** What a driver could do, without making one: nothing on the host is touched. */
  public static Future<Features> features(Host host, ShimConfig config) {
    return Probe.run(host, config).map(Probe.Probed::features);
  }

  private static Future<Void> prepare(Host host, ShimConfig config) {
    return host.disk()
        .act(
            () -> {
              if (!Files.isExecutable(config.binary())) {
                throw RuntimeFault.precondition(
                    "binary: " + config.binary() + " (expected: executable)");
              }
              var places = config.places();
              for (var directory :
                  List.of(places.ledger(), places.bundles(), places.pods(), places.state())) {
                Files.createDirectories(directory);
              }
              close(config);
              Files.deleteIfExists(places.events());
            });
  }

  /**
   * Whoever reaches the socket of the events, or a FIFO, speaks for a container. A root that is
   * mounted in a bundle must be reached by the pod's own users: then there is a way to that.
   */
  private static void close(ShimConfig config) throws IOException {
    var places = config.places();
    var own = PosixFilePermissions.fromString("rwx------");
    var way =
        PosixFilePermissions.fromString(config.imaging().isPresent() ? "rwx--x--x" : "rwx------");
    for (var directory : List.of(places.ledger(), places.pods(), places.state())) {
      Files.setPosixFilePermissions(directory, own);
    }
    for (var directory : List.of(places.bundles(), places.directory())) {
      Files.setPosixFilePermissions(directory, way);
    }
  }
}
