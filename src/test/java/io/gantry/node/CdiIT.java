package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.client.CriFault;
import io.gantry.cri.proto.CDIDevice;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.recovery.OnDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices of a vendor's files in containers of both runtimes. */
@Tag("root")
@TestInstance(Lifecycle.PER_CLASS)
class CdiIT {
  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;

  @BeforeAll
  static void open() throws Exception {
    var devices = Files.createDirectories(folder.resolve("cdi"));
    Files.createDirectories(folder.resolve("library"));
    Files.writeString(folder.resolve("library/version"), "42\n");
    var hook = folder.resolve("hook");
    Files.writeString(
        hook, "#!/bin/sh\ncat >/dev/null\necho \"$1 $WHAT\" >> %s/hooks\n".formatted(folder));
    Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        devices.resolve("vendor.yaml"),
        """
        cdiVersion: 0.8.0
        kind: vendor.example/gpu
        containerEdits:
          mounts: [{hostPath: %1$s/library, containerPath: /opt/vendor, options: [ro, nodev]}]
          hooks:
            - {hookName: createContainer, path: %1$s/hook, args: [hook, made], env: [WHAT=it]}
            - {hookName: poststop, path: %1$s/hook, args: [hook, gone], env: [WHAT=it]}
        devices:
          - name: "0"
            containerEdits:
              env: [VENDOR_GPU=0]
              additionalGids: [4242]
              deviceNodes: [{path: /dev/vendor0, hostPath: /dev/null}]
        """
            .formatted(folder));
    node =
        Node.in(
            folder,
            """
            handlers: {default: crun, crun: {binary: crun}, runc: {binary: runc}}
            cdi: {folders: [%s]}
            """
                .formatted(devices));
  }

  @AfterAll
  static void close() throws Exception {
    assertThat(node.left()).isEmpty();
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aContainerHasTheDeviceWithAllThatGoesWithItAndItsHooksRun(String handler) throws Exception {
    // Given
    Files.deleteIfExists(folder.resolve("hooks"));
    var pod = node.pod(handler, NamespaceMode.CONTAINER);
    var app =
        node.run(
            pod,
            Node.idle("app", pod)
                .addCDIDevices(CDIDevice.newBuilder().setName("vendor.example/gpu=0")));
    var plain = node.run(pod, Node.idle("plain", pod));

    // When
    var seen =
        node.output(
            app,
            "echo x > /dev/vendor0 && [ -c /dev/vendor0 ] && echo $VENDOR_GPU $(cat"
                + " /opt/vendor/version); id -G; touch /opt/vendor/x || echo read-only");
    var hooksBefore = Files.readString(folder.resolve("hooks"));
    node.restart();
    node.await(node.cri.remove(app));

    // Then
    assertThat(seen.lines()).first().isEqualTo("0 42");
    assertThat(seen).contains("4242").contains("read-only");
    assertThat(hooksBefore).isEqualTo("made it\n");
    assertThat(folder.resolve("hooks")).content().isEqualTo("made it\ngone it\n");
    assertThat(node.exec(plain, "[ -e /dev/vendor0 ]").getExitCode()).isNotZero();
    node.remove(pod);
  }

  @Test
  void anAnnotationNamesDevicesToo() throws Exception {
    // Given
    var pod = node.pod("", NamespaceMode.CONTAINER);

    // When
    var app =
        node.run(
            pod, Node.idle("app", pod).putAnnotations("cdi.k8s.io/plugin", "vendor.example/gpu=0"));

    // Then
    assertThat(node.output(app, "echo $VENDOR_GPU")).isEqualTo("0\n");
    node.remove(pod);
  }

  @Test
  void aDeviceThatIsNotThereIsSaidAndLeavesNothing() throws Exception {
    // Given
    var pod = node.pod("", NamespaceMode.CONTAINER);
    var config =
        Node.idle("app", pod).addCDIDevices(CDIDevice.newBuilder().setName("vendor.example/gpu=9"));

    // Then
    assertThatThrownBy(() -> node.create(pod, config))
        .isInstanceOf(CriFault.class)
        .hasMessageContaining("cdi device: 'vendor.example/gpu=9' is in no file of " + folder)
        .hasMessageContaining("one of vendor.example/gpu=0");
    node.remove(pod);
  }
}
