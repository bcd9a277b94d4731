package io.gantry.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.CriFault;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.Mount;
import io.gantry.cri.proto.MountPropagation;
import io.gantry.cri.proto.NamespaceMode;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.gantry.cri.proto.StatusRequest;
import io.gantry.image.unpack.TarBytes;
import io.gantry.node.Node.Pod;
import io.gantry.recovery.OnDisk;
import io.vertx.core.json.JsonObject;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container finds mounted. */
@Tag("root")
@ParameterizedClass
@ValueSource(strings = {"crun", "runc"})
@TestInstance(Lifecycle.PER_CLASS)
class MountsIT {
  @TempDir(factory = OnDisk.class)
  private static Path folder;

  private static Node node;

  @Parameter private String handler;
  private Pod pod;

  @BeforeAll
  static void open() throws Exception {
    node = Node.in(folder, "");
  }

  @AfterAll
  static void close() throws Exception {
    node.close();
  }

  @BeforeEach
  void run() throws Exception {
    pod = node.pod(handler, NamespaceMode.CONTAINER);
  }

  @AfterEach
  void remove() throws Exception {
    node.remove(pod);
    assertThat(node.left()).isEmpty();
  }

  private Path host(String name) {
    return folder.resolve("host-" + handler).resolve(name);
  }

  private static Mount.Builder mount(String to, Path from) {
    return Mount.newBuilder().setContainerPath(to).setHostPath(from.toString());
  }

  private static Mount.Builder image(String to, String name) {
    return Mount.newBuilder()
        .setContainerPath(to)
        .setReadonly(true)
        .setImage(ImageSpec.newBuilder().setImage(name));
  }

  private CriFault refused(ContainerConfig.Builder container) throws Exception {
    try {
      node.create(pod, container);
    } catch (CriFault fault) {
      return fault;
    }
    throw new AssertionError("created");
  }

  @Test
  void aRecursiveReadOnlyMountCoversWhatIsMountedBelow() throws Exception {
    // Given
    var source = Files.createDirectories(host("rro"));
    var below = Files.createDirectories(source.resolve("below"));
    assertThat(command("mount", "-t", "tmpfs", "tmpfs", below.toString())).isZero();
    try {
      // When
      var app =
          node.run(
              pod,
              Node.idle("app", pod)
                  .addMounts(mount("/plain", source).setReadonly(true))
                  .addMounts(mount("/all", source).setReadonly(true).setRecursiveReadOnly(true)));

      // Then
      assertThat(node.exec(app, "echo > /plain/below/x").getExitCode()).isZero();
      assertThat(node.exec(app, "echo > /plain/x").getStderr().toStringUtf8())
          .contains("Read-only");
      assertThat(node.exec(app, "echo > /all/below/y").getStderr().toStringUtf8())
          .contains("Read-only");
      assertThat(node.output(app, "ls /all/below")).isEqualTo("x\n");
      assertThat(node.status(app).getMountsList())
          .extracting(Mount::getRecursiveReadOnly)
          .containsExactly(false, true);
    } finally {
      command("umount", below.toString());
    }
  }

  @Test
  void theHandlerSaysThatItCanMountReadOnlyAllTheWayDown() throws Exception {
    // When
    var status =
        node.await(
            node.cri.call(RuntimeServiceGrpcClient.Status, StatusRequest.getDefaultInstance()));

    // Then
    assertThat(status.getRuntimeHandlersList())
        .filteredOn(it -> List.of("", handler).contains(it.getName()))
        .hasSize(2)
        .allMatch(it -> it.getFeatures().getRecursiveReadOnlyMounts());
    assertThat(status.getFeatures().getMountOptions()).isTrue();
  }

  @Test
  void anImageIsAVolume() throws Exception {
    // Given
    var data =
        node.push(
            "data",
            new JsonObject(),
            new TarBytes().directory("sub/").add().file("sub/lower", "lower").add().end(),
            new TarBytes()
                .symlink("link", "/sub")
                .add()
                .entry('0', "sub/upper")
                .owner(12, 34)
                .holding("upper")
                .add()
                .end());

    // When
    var app =
        node.run(
            pod,
            Node.idle("app", pod)
                .addMounts(image("/whole", data))
                .addMounts(image("/part", data).setImageSubPath("link")));
    node.await(node.cri.removeImage(data));
    node.restart();

    // Then
    assertThat(node.output(app, "cat /whole/sub/lower /whole/sub/upper; ls /part"))
        .isEqualTo("lowerupperlower\nupper\n");
    assertThat(node.exec(app, "echo > /whole/x").getStderr().toStringUtf8()).contains("Read-only");
    assertThat(node.status(app).getMountsList())
        .hasSize(2)
        .allSatisfy(
            mount -> {
              assertThat(mount.getImage().getImage()).isEqualTo(data);
              assertThat(mount.getImage().getImageRef())
                  .startsWith("registry.example/data@sha256:");
              assertThat(mount.getHostPath()).isEmpty();
            });
  }

  @Test
  void anImageVolumeThatCannotBeIsRefusedInTheKubeletsWords() throws Exception {
    // Given
    var data = node.push("data", new JsonObject(), new TarBytes().file("file", "").add().end());

    for (var wrong :
        List.of(
            image("/v", "registry.example/absent:1"),
            image("/v", data).setImageSubPath("absent"),
            image("/v", data).setImageSubPath("file"),
            image("/v", data).setReadonly(false),
            image("/v", data).setHostPath("/tmp"))) {
      // When
      var fault = refused(Node.idle("app", pod).addMounts(wrong));

      // Then
      assertThat(fault.status()).isEqualTo(GrpcStatus.UNKNOWN);
      assertThat(fault.getMessage()).contains("UNKNOWN: ImageVolumeMountFailed: ");
    }
    assertThat(node.daemon.mounts()).noneMatch(it -> it.contains("/run/volumes/"));
  }

  @Test
  void volumesOfAnImageHoldWhatTheImageHas() throws Exception {
    // Given
    var volumes =
        new JsonObject()
            .put("/data", new JsonObject())
            .put("/data/deeper/", new JsonObject())
            .put("/fresh", new JsonObject())
            .put("/asked", new JsonObject())
            .put("/sys/fs/cgroup", new JsonObject());
    var image =
        node.image(
            "volumes",
            new JsonObject().put("Volumes", volumes),
            new TarBytes()
                .entry('5', "srv/")
                .mode(01777)
                .owner(5, 6)
                .add()
                .entry('0', "srv/file")
                .mode(0640)
                .owner(12, 34)
                .holding("content")
                .add()
                .symlink("data", "/srv")
                .add()
                .end());
    var asked = Files.createDirectories(host("asked"));
    Files.writeString(asked.resolve("mine"), "");

    // When
    var config =
        Node.idle("app", pod)
            .setImage(ImageSpec.newBuilder().setImage(image))
            .addMounts(mount("/asked", asked));
    var app = node.run(pod, config);
    var other =
        node.run(
            pod, config.clone().setMetadata(config.getMetadata().toBuilder().setName("other")));

    // Then
    assertThat(node.output(app, "ls -ln /data/ | tail -n 1; ls -ldn /data/; cat /data/file"))
        .containsPattern("-rw-r----- +1 12 +34 +7 .*file")
        .containsPattern("drwxrwxrwt +[0-9]+ 5 +6 ")
        .contains("content");
    assertThat(node.output(app, "ls /asked; ls -A /fresh /data/deeper"))
        .contains("mine")
        .doesNotContain("file");
    assertThat(node.exec(app, "echo changed > /data/file").getExitCode()).isZero();
    assertThat(node.output(other, "cat /data/file")).isEqualTo("content");
    assertThat(node.status(app).getMountsList()).hasSize(1);
    assertThat(folder.resolve("root/containers").resolve(app).resolve("volumes/0/file"))
        .hasContent("changed");
  }

  @Test
  void aVolumeOfAnImageThatLeadsToTheKernelsFilesIsRefused() throws Exception {
    // Given
    var image =
        node.image(
            "hostile",
            new JsonObject().put("Volumes", new JsonObject().put("/data", new JsonObject())),
            new TarBytes().symlink("data", "/proc").add().end());

    // When
    var fault = refused(Node.idle("app", pod).setImage(ImageSpec.newBuilder().setImage(image)));

    // Then
    assertThat(fault.getMessage()).contains("image volume: '/data': '/proc'");
  }

  @Test
  void hostPathsAreMadeFollowedAndMountedInTheRightOrder() throws Exception {
    // Given
    var real = Files.createDirectories(host("real"));
    Files.writeString(real.resolve("file"), "real");
    var link = Files.createSymbolicLink(host("link"), Path.of("real"));
    var deeper = Files.createDirectories(host("deeper"));
    Files.writeString(deeper.resolve("file"), "deeper");
    Files.createDirectories(real.resolve("in"));

    // When: what lies deeper is named first
    var app =
        node.run(
            pod,
            Node.idle("app", pod)
                .addMounts(mount("/v/in", deeper))
                .addMounts(mount("/v", link))
                .addMounts(mount("/made", host("missing/below"))));

    // Then
    assertThat(node.output(app, "cat /v/file /v/in/file")).isEqualTo("realdeeper");
    assertThat(host("missing/below")).isEmptyDirectory();
    assertThat(node.status(app).getMountsList())
        .extracting(Mount::getHostPath)
        .containsExactly(deeper.toString(), link.toString(), host("missing/below").toString());
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("nowhere"));
    assertThat(refused(Node.idle("broken", pod).addMounts(mount("/v", link))).getMessage())
        .contains("broken link");
    Files.delete(link);
  }

  @Test
  void whatCannotBeSharedIsRefused() throws Exception {
    // Given
    var source = Files.createDirectories(host("private"));
    assertThat(command("mount", "-t", "tmpfs", "tmpfs", source.toString())).isZero();
    try {
      assertThat(command("mount", "--make-private", source.toString())).isZero();

      for (var propagation :
          List.of(
              MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
              MountPropagation.PROPAGATION_BIDIRECTIONAL)) {
        // When
        var fault =
            refused(
                Node.idle("app", pod).addMounts(mount("/v", source).setPropagation(propagation)));

        // Then
        assertThat(fault.getMessage()).contains("which is a private mount (expected: a shared");
      }
    } finally {
      command("umount", source.toString());
    }
  }

  @Test
  void optionsOfAMountAreFollowedOrRefused() throws Exception {
    // Given
    var source = Files.createDirectories(host("options"));
    Files.copy(Path.of("/bin/busybox"), source.resolve("busybox"));
    assertThat(source.resolve("busybox").toFile().setExecutable(true)).isTrue();

    // When
    var app =
        node.run(
            pod,
            Node.idle("app", pod)
                .addMounts(mount("/free", source))
                .addMounts(mount("/bound", source).addMountOptions("noexec")));

    // Then
    assertThat(node.exec(app, "/free/busybox true").getExitCode()).isZero();
    assertThat(node.exec(app, "/bound/busybox true").getExitCode()).isEqualTo(126);
    assertThat(node.status(app).getMounts(1).getMountOptionsList()).containsExactly("noexec");
    assertThat(
            refused(Node.idle("b", pod).addMounts(mount("/v", source).addMountOptions("rshared")))
                .getMessage())
        .contains("option 'rshared' (expected: one of ");
  }

  private static int command(String... words) throws Exception {
    return new ProcessBuilder(words).inheritIO().start().waitFor();
  }
}
