package io.gantry.shim;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.host.Host;
import io.gantry.runtime.PodRuntime;
import io.gantry.runtime.PodRuntimeContract;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** The port's contract, over a shim that src/test/conformance builds. */
abstract class ShimContract extends PodRuntimeContract {
  private static final Path CATATONIT = Path.of("/usr/bin/catatonit");

  private final Path binary;
  private final List<String> options;
  private final Optional<Imaging> imaging;

  /**
   * @param binary below the cache
   */
  ShimContract(String binary, List<String> options) {
    this(binary, options, Optional.empty());
  }

  ShimContract(String binary, List<String> options, Optional<Imaging> imaging) {
    this.binary = Cache.path(binary);
    this.options = options;
    this.imaging = imaging;
  }

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    assumeTrue(Files.exists(binary), "the shim has been built");
    return Shim.runtime(
        vertx,
        host,
        Clock.systemUTC(),
        new ShimConfig(
            binary,
            ShimOptions.parse(String.valueOf(binary.getFileName()), options),
            Optional.of(CATATONIT),
            directory,
            "/gantry",
            true,
            imaging));
  }
}
