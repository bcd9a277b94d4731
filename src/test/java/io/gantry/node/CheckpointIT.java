package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.CheckpointContainerRequest;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CheckpointContainer by what can: runc with CRIU, by conmon and by its shim, and gVisor. */
@Tag("root")
@Tag("slow")
@TestInstance(Lifecycle.PER_CLASS)
class CheckpointIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String WRITING =
      "echo mine > /written; rm /bin/wget; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done";

  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private final Map<String, String> handlers = new LinkedHashMap<>();
  private Optional<Node> opened = Optional.empty();

  @BeforeAll
  void open() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/crun")), "crun is installed");
    if (Files.isExecutable(Cache.path("criu/criu"))) {
      var runc = withCriu();
      handlers.put("runc", "{binary: " + runc + "}");
      handlers.put(
          "shim",
          "{driver: shim, binary: %s, options: BinaryName=%s}"
              .formatted(Cache.path("peers/containerd-shim-runc-v2"), runc));
    }
    if (Files.isExecutable(Cache.path("gvisor/runsc"))) {
      handlers.put(
          "gvisor",
          "{binary: %s, options: [--platform=systrap]}".formatted(Cache.path("gvisor/runsc")));
    }
    var all = new StringBuilder("handlers:\n  default: crun\n  crun: {}\n");
    handlers.forEach((name, value) -> all.append("  " + name + ": " + value + "\n"));
    opened = Optional.of(Node.in(folder, all.toString()));
  }

  /** Debian's runc, which finds the cache's CRIU on its path. */
  private static Path withCriu() throws IOException {
    var script = folder.resolve("runc");
    Files.writeString(
        script,
        "#!/bin/sh\nPATH=%s:$PATH exec /usr/sbin/runc \"$@\"\n".formatted(Cache.path("criu")));
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Node node() {
    return opened.orElseThrow();
  }

  @AfterAll
  void close() throws Exception {
    if (opened.isPresent()) {
      var kept = folder.resolve("run/runtimes/gvisor/state/null-netns");
      if (Files.exists(kept)) {
        new ProcessBuilder("umount", kept.toString()).inheritIO().start().waitFor();
      }
      assertThat(node().left()).isEmpty();
      node().close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc", "shim", "gvisor"})
  void archiveHasTheProcessesAndWhatTheyWroteAndTheContainerGoesOn(String handler)
      throws Exception {
    assumeTrue(handlers.containsKey(handler), handler + " has what it needs");
    // Given
    var pod = node().pod(handler, NamespaceMode.CONTAINER);
    var container = node().run(pod, Node.shell("app", pod, WRITING));
    assertThat(Waiting.until(PATIENCE, () -> counted(pod) > 3)).isTrue();
    var location = folder.resolve("checkpoint-" + handler + ".tar");

    // When
    checkpoint(container, location);

    // Then
    var before = counted(pod);
    assertThat(Files.getPosixFilePermissions(location))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    var members = members(Files.readAllBytes(location));
    var config = new JsonObject(text(members, "config.dump"));
    assertThat(config.getString("id")).isEqualTo(container);
    assertThat(config.getString("name")).isEqualTo("app");
    assertThat(config.getString("runtime")).isEqualTo(handler);
    assertThat(
            new JsonObject(text(members, "spec.dump"))
                .getJsonObject("process")
                .getJsonArray("args"))
        .contains(WRITING);
    if (handler.equals("gvisor")) { // files are in its kernel's image
      assertThat(members).containsKeys("checkpoint/checkpoint.img");
    } else {
      assertThat(members).containsKeys("checkpoint/inventory.img", "checkpoint/pstree.img");
      var written = members(members.get("rootfs-diff.tar"));
      assertThat(text(written, "./written")).isEqualTo("mine\n");
      assertThat(written).doesNotContainKey("./bin/wget");
      assertThat(new JsonArray(text(members, "deleted.files"))).contains("bin/wget");
    }
    assertThat(node().status(container).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(Waiting.until(PATIENCE, () -> counted(pod) > before + 3)).isTrue();
    assertThat(Files.list(folder).filter(it -> it.toString().contains(".half"))).isEmpty();
    node().await(node().cri.stop(container, Duration.ZERO));
    assertThat(node().status(container).getExitCode()).isEqualTo(137);
    node().remove(pod);
  }

  @Test
  void runtimeThatCannotSaysSoAndNothingIsLeft() throws Exception {
    // Given
    var pod = node().pod("crun", NamespaceMode.CONTAINER);
    var container = node().run(pod, Node.shell("app", pod, WRITING));
    var location = folder.resolve("checkpoint-crun.tar");

    // When, then
    assertThatThrownBy(() -> checkpoint(container, location))
        .hasMessageContaining("crun checkpoint: ");
    assertThat(location).doesNotExist();
    assertThat(folder.resolve(".checkpoint-crun.tar.half")).doesNotExist();
    assertThat(node().status(container).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThatThrownBy(() -> checkpoint(container, folder.resolve("nowhere/x.tar")))
        .hasMessageContaining("(expected: a path in a directory that exists)");
    node().remove(pod);
  }

  private void checkpoint(String container, Path location) throws Exception {
    node()
        .await(
            node()
                .cri
                .call(
                    RuntimeServiceGrpcClient.CheckpointContainer,
                    CheckpointContainerRequest.newBuilder()
                        .setContainerId(container)
                        .setLocation(location.toString())
                        .build()));
  }

  private int counted(Pod pod) {
    try {
      var lines = Files.readAllLines(node().log(pod, "app"));
      var last = lines.isEmpty() ? "0" : lines.getLast();
      return Integer.parseInt(last.substring(last.lastIndexOf(' ') + 1));
    } catch (IOException | NumberFormatException notYet) {
      return 0;
    }
  }

  private static String text(Map<String, byte[]> members, String name) {
    assertThat(members).containsKey(name);
    return new String(members.get(name), StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> members(byte[] archive) throws IOException {
    var members = new TreeMap<String, byte[]>();
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile()) {
          members.put(entry.getName(), tar.readAllBytes());
        }
      }
    }
    return members;
  }
}
