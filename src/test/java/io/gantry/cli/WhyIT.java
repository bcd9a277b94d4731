package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.client.Waiting;
import io.gantry.cri.proto.LinuxContainerConfig;
import io.gantry.cri.proto.LinuxContainerResources;
import io.gantry.cri.proto.RunPodSandboxRequest;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.recovery.OnDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five ways in which a pod does not start, and what the first question is answered with. */
@Tag("root")
class WhyIT {
  @TempDir(factory = OnDisk.class)
  private Path folder;

  private Node node;

  @AfterEach
  void clear() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void aWrongImageName() throws Exception {
    // Given
    node = Node.in(folder).started();
    catchThrowable(() -> node.answered(node.cri().pull("registry.example/bussybox:1")));

    // When
    var said = node.gantry("why", "registry.example/bussybox:1");

    // Then
    Golden.holds("why/image", said.text(), folder);
    assertThat(said.text())
        .startsWith("image registry.example/bussybox:1: failed")
        .contains("check the image's name and tag")
        .contains("PullImage, failed");
  }

  @Test
  void aPluginThatIsMissing() throws Exception {
    // Given
    node = Node.in(folder).started();
    network("missing-plugin");
    catchThrowable(() -> node.answered(node.cri().runPod(node.pod("web-0"))));

    // When
    var said = node.gantry("why", "shop/web-0");

    // Then
    Golden.holds("why/plugin", said.text(), folder);
    assertThat(said.text())
        .startsWith("pod shop/web-0: failed")
        .contains("missing-plugin")
        .contains("check that the plugin is in one of cni.bin-dirs");
  }

  @Test
  void noMemoryAtTheStart() throws Exception {
    // Given
    node = Node.in(folder).started();
    node.answered(node.cri().pull(Node.IMAGE));
    var pod = node.answered(node.cri().runPod(node.pod("web-0")));
    var hungry =
        Node.container("/bin/busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=40M", "count=1")
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(
                        LinuxContainerResources.newBuilder().setMemoryLimitInBytes(15L << 20)))
            .build();
    var container = node.answered(node.cri().create(pod, hungry, node.pod("web-0")));
    node.answered(node.cri().start(container));
    Waiting.until(Duration.ofSeconds(20), () -> node.gantrySays("ps", "-a").contains("OOMKilled"));

    // When
    var said = node.gantry("why", "web-0");

    // Then
    Golden.holds("why/memory", said.text(), folder);
    assertThat(said.text())
        .startsWith("pod shop/web-0: ready")
        .contains("container app: it ended with code 137 (OOMKilled)")
        .contains("raise its memory limit (now 15 MiB)");
  }

  @Test
  void aHandlerThatIsNotReady() throws Exception {
    // Given
    node =
        Node.in(folder)
            .configured(
                "handlers",
                "{default: crun, crun: {binary: /usr/bin/crun}, sealed: {binary: /nowhere/sealed}}")
            .started();
    var sealed =
        RunPodSandboxRequest.newBuilder()
            .setConfig(node.pod("web-0"))
            .setRuntimeHandler("sealed")
            .build();
    catchThrowable(
        () -> node.answered(node.cri().call(RuntimeServiceGrpcClient.RunPodSandbox, sealed)));

    // When
    var said = node.gantry("why", "web-0");

    // Then
    Golden.holds("why/handler", said.text(), folder);
    assertThat(said.text())
        .startsWith("pod shop/web-0: failed")
        .contains("/nowhere/sealed")
        .contains("gantry handlers");
  }

  @Test
  void aPluginThatHangs() throws Exception {
    // Given
    var plugins = Files.createDirectories(folder.resolve("plugins"));
    var plugin = plugins.resolve("slow");
    Files.writeString(plugin, "#!/bin/sh\necho asking the switch >&2\nexec sleep 600\n");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    node =
        Node.in(folder)
            .configured("cni", "{conf-dir: " + folder + "/cni, bin-dirs: [" + plugins + "]}")
            .started();
    network("slow");
    var run = node.cri().runPod(node.pod("web-0"));
    Waiting.until(
        Duration.ofSeconds(20), () -> node.gantrySays("operations").contains("cni/slow-add"));

    // When
    var said = node.gantry("why", "web-0");

    // Then
    Golden.holds("why/hanging", said.text(), folder);
    assertThat(said.text())
        .startsWith("pod shop/web-0: under way")
        .contains("cni/slow-add")
        .contains("waits for slow, pid")
        .contains("asking the switch")
        .contains("see what process");
    var number = said.text().replaceAll("(?s).*\\(call (\\d+) of.*", "$1");
    assertThat(node.gantry("cancel", number).code()).isZero();
    assertThat(catchThrowable(() -> node.answered(run))).isNotNull();
  }

  private void network(String plugin) throws Exception {
    Files.writeString(
        folder.resolve("cni/10-kill.conflist"),
        "{\"cniVersion\": \"1.0.0\", \"name\": \"kill\", \"plugins\": [{\"type\": \""
            + plugin
            + "\"}]}");
  }
}
