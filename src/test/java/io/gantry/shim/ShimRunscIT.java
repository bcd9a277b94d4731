package io.gantry.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.host.Host;
import io.gantry.runtime.OwnKernelContract;
import io.gantry.runtime.PodRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * gVisor's own shim, as build-gvisor.sh builds it: a container stands for the pod, and the others
 * join its kernel.
 */
@Tag("root")
@Tag("slow")
class ShimRunscIT extends OwnKernelContract {
  private static final Path GVISOR = Cache.path("gvisor");

  private static final int CAP_SYS_RESOURCE = 24;

  @Override
  protected Future<PodRuntime> driver(Vertx vertx, Host host, Path directory) {
    return gvisors(vertx, host, directory);
  }

  /** The driver over {@code directory}, with what runsc keeps and is told beside it. */
  static Future<PodRuntime> gvisors(Vertx vertx, Host host, Path directory) {
    var binary = binary();
    assumeTrue(Files.exists(binary), "the shim has been built");
    return Shim.runtime(
        vertx,
        host,
        Clock.systemUTC(),
        ShimConfig.of(
            binary,
            ShimOptions.parse(
                "containerd-shim-runsc-v1",
                List.of("ConfigPath=" + configuration(directory.resolveSibling("runsc")))),
            Optional.of(Path.of("/usr/bin/catatonit")),
            directory));
  }

  /** The real one, where root may give it the OOM score that it insists on. */
  private static Path binary() {
    try (var status = Files.lines(Path.of("/proc/self/status"))) {
      var privileged =
          status
              .filter(line -> line.startsWith("CapEff:"))
              .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .anyMatch(set -> (set >>> CAP_SYS_RESOURCE & 1) == 1);
      return GVISOR.resolve(privileged ? "" : "unprivileged").resolve("containerd-shim-runsc-v1");
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private static Path configuration(Path root) {
    try {
      return Files.writeString(
          root.resolveSibling("runsc.toml"),
          """
          binary_name = "%s"
          root = "%s"
          grouping = true
          [runsc_config]
            platform = "systrap"
            network = "none"
          """
              .formatted(GVISOR.resolve("runsc"), root));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void oneShimServesThePod() {
    // Given
    on(() -> runtime.open(call(), pod(false)));
    var idle = sleeping();

    // Then
    assertThat(processesNaming(directory))
        .filteredOn(line -> line.contains("containerd-shim-runsc-v1"))
        .hasSize(1);
    on(() -> runtime.delete(call(), idle.id()));
  }

  /** A namespace without a network, which runsc keeps for all that it will ever run. */
  @AfterEach
  void unmountWhatRunscKeeps() {
    on(() -> host.mounts().unmount(directory.resolve("runsc/k8s.io/null-netns")));
  }
}
