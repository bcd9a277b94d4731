package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.CriFault;
import io.gantry.cri.proto.Capability;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.image.unpack.TarBytes;
import io.gantry.recovery.OnDisk;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose directories are links, and what a process in a container holds. */
@Tag("root")
@TestInstance(Lifecycle.PER_CLASS)
class RootsIT {
  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;

  @BeforeAll
  static void open() throws Exception {
    node = Node.in(folder, "handlers: {default: crun, crun: {}, runc: {}}\n");
  }

  @AfterAll
  static void close() throws Exception {
    assertThat(node.left()).isEmpty();
    node.close();
  }

  @ParameterizedTest
  @CsvSource({
    "crun, etc",
    "runc, etc",
    "crun, dev",
    "runc, dev",
    "crun, sys",
    "runc, sys",
    "crun, proc",
    "runc, proc"
  })
  void aLinkOfAnImageLeadsNowhereOnTheHost(String handler, String link) throws Exception {
    // Given
    var outside = Files.createDirectories(folder.resolve("outside-" + link + "-" + handler));
    Files.writeString(outside.resolve("mark"), "of the host");
    var image =
        node.image(
            "link-" + link + "-" + handler,
            new JsonObject(),
            new TarBytes().symlink(link, outside.toString()).add().end());
    var pod = node.pod(handler, NamespaceMode.CONTAINER);
    var config = Node.idle("app", pod).setImage(ImageSpec.newBuilder().setImage(image));

    // When
    try {
      var app = node.run(pod, config);
      var seen = node.output(app, "cat /" + link + "/mark; cat /etc/hostname; ls /dev/null");

      // Then
      assertThat(seen)
          .doesNotContain("of the host")
          .contains(pod.config().getHostname(), "/dev/null");
    } catch (CriFault refused) { // a runtime may refuse such a root: it says what is in the way
      assertThat(refused.getMessage()).contains(link);
    }
    assertThat(outside).isDirectoryContaining("glob:**/mark");
    try (var all = Files.list(outside)) {
      assertThat(all).hasSize(1);
    }
    node.remove(pod);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void nothingIsInheritableNotEvenInAnExec(String handler) throws Exception {
    // Given
    var pod = node.pod(handler, NamespaceMode.CONTAINER);
    var config = Node.idle("app", pod);
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setCapabilities(Capability.newBuilder().addAddCapabilities("NET_ADMIN"));
    var app = node.run(pod, config);

    // When
    var status = node.output(app, "cat /proc/1/status /proc/self/status");

    // Then
    assertThat(status.lines().filter(line -> line.startsWith("Cap")))
        .filteredOn(line -> line.startsWith("CapInh") || line.startsWith("CapAmb"))
        .hasSize(4)
        .allMatch(line -> line.endsWith("\t0000000000000000"));
    assertThat(status.lines().filter(line -> line.startsWith("CapEff")))
        .hasSize(2)
        .doesNotContain("CapEff:\t0000000000000000");
    node.remove(pod);
  }
}
