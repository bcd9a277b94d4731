package io.gantry.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.CriClient;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.LinuxPodSandboxConfig;
import io.gantry.cri.proto.LinuxSandboxSecurityContext;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.NamespaceOption;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Network plugins that do not do their part when a pod goes, and a daemon that dies meanwhile. */
@Tag("root")
class DeparturesIT {
  private static final Duration BOUND = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private PrivateNode node;

  @BeforeEach
  void haveAPluginThatCanBeTold() throws IOException {
    node = PrivateNode.in(folder);
    Files.createDirectories(folder.resolve("bin"));
    for (var plugin : new String[] {"bridge", "host-local"}) {
      Files.createSymbolicLink(
          folder.resolve("bin").resolve(plugin), Path.of("/usr/lib/cni", plugin));
    }
    var network = folder.resolve("cni/10-kill.conflist");
    Files.writeString(
        network, Files.readString(network).replace("}]}", "}, {\"type\": \"last\"}]}"));
    var yaml = folder.resolve("gantry.yaml");
    Files.writeString(
        yaml,
        Files.readString(yaml)
            .replace(
                "cni: {",
                "cni: {bin-dirs: %s/bin, detach-seconds: %d, "
                    .formatted(folder, BOUND.toSeconds())));
    lastPlugin("exit 0");
  }

  @AfterEach
  void clear() throws Exception {
    node.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  /** What the last plugin of the chain does on a DEL; an ADD passes the result on. */
  private void lastPlugin(String onDelete) throws IOException {
    var script =
        """
        #!/bin/sh
        if [ "$CNI_COMMAND" = DEL ]; then %s; fi
        sed 's/.*"prevResult"://; s/}$//'
        """
            .formatted(onDelete);
    var unfinished = Files.writeString(folder.resolve("bin/.last"), script);
    Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwx------"));
    Files.move(
        unfinished, folder.resolve("bin/last"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private <T> T answer(Function<CriClient, Future<T>> question) throws Exception {
    var cri = CriClient.on(vertx, node.socket(), PATIENCE);
    try {
      return question.apply(cri).await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } finally {
      cri.close().await(5, TimeUnit.SECONDS);
    }
  }

  private static PodSandboxConfig pod() {
    var options = NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER);
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName("web").setNamespace("test").setUid("web-uid"))
        .setHostname("web")
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(options)))
        .build();
  }

  private boolean nothingIsLeft() {
    try {
      return node.leases().isEmpty()
          && node.mounts().isEmpty()
          && node.remains().isEmpty()
          && isEmpty(folder.resolve("root/networks"));
    } catch (IOException changing) {
      return false;
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  @Test
  void hangingPluginHoldsUpNeitherStopNorRemovalAndTheNextDaemonGivesTheNetworkBack()
      throws Exception {
    // Given
    node.start("");
    var pod = answer(cri -> cri.runPod(pod()));
    lastPlugin("exec sleep 300");

    // When
    var since = System.nanoTime();
    answer(cri -> cri.stopPod(pod));
    var stoppedAfter = Duration.ofNanos(System.nanoTime() - since);
    answer(cri -> cri.removePod(pod));
    var keptMeanwhile = node.mounts();
    node.kill();
    lastPlugin("exit 0");
    node.start("");

    // Then
    assertThat(stoppedAfter).isLessThan(BOUND.multipliedBy(3));
    assertThat(keptMeanwhile).anyMatch(mount -> mount.endsWith("/ns/net"));
    assertThat(Waiting.until(PATIENCE, this::nothingIsLeft)).isTrue();
    node.end();
  }

  @Test
  void pluginThatWasDeletedIsAskedAgainWhenItIsThereAgain() throws Exception {
    // Given
    node.start("");
    var pod = answer(cri -> cri.runPod(pod()));
    Files.delete(folder.resolve("bin/last"));
    answer(cri -> cri.stopPod(pod));
    answer(cri -> cri.removePod(pod));

    // When
    lastPlugin("exit 0");

    // Then
    assertThat(Waiting.until(PATIENCE, this::nothingIsLeft)).isTrue();
    node.end();
  }

  @Test
  void addressOfAPodWhoseNamespaceIsGoneIsFree() throws Exception {
    // Given
    node.start("");
    var pod = answer(cri -> cri.runPod(pod()));
    var pin = folder.resolve("run/sandboxes").resolve(pod).resolve("ns/net");
    new ProcessBuilder("umount", pin.toString()).start().onExit().get(10, TimeUnit.SECONDS);

    // When
    answer(cri -> cri.stopPod(pod));
    answer(cri -> cri.removePod(pod));

    // Then
    assertThat(nothingIsLeft()).isTrue();
    node.end();
  }
}
