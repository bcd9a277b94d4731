package io.gantry.network;

import static io.gantry.network.NetworksContract.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The reference plugins of CNI 1.1, as src/test/conformance/build-cni.sh builds them. */
@Tag("root")
class NewCniIT extends ReferencePlugins {
  private static final Path PLUGINS = Cache.path("cni");

  @BeforeAll
  static void haveBeenBuilt() {
    assumeTrue(Files.exists(PLUGINS.resolve("bridge")), "the plugins have been built");
  }

  @Override
  Path plugins() {
    return PLUGINS;
  }

  @Override
  String cniVersion() {
    return "1.1.0";
  }

  @Test
  void garbageCollectionLeavesAttachedPodsAlone() throws IOException {
    // Given
    var networks = networks();
    var attachment = result(networks.attach(call, request()));

    // When
    result(networks.collectGarbage(call, Set.of()));

    // Then
    assertThat(leases()).containsExactlyElementsOf(attachment.ips());
    assertThat(run("iptables", "-t", "nat", "-S")).contains(pod.value());
    result(networks.detach(call, pod));
  }
}
