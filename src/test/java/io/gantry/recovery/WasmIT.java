package io.gantry.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.client.Cache;
import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.client.Waiting;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ContainerState;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.gantry.cri.proto.RunPodSandboxRequest;
import io.gantry.cri.proto.RunPodSandboxResponse;
import io.gantry.cri.proto.RuntimeServiceGrpcClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image of platform wasi/wasm, run by youki's wasmtime beside containers of crun. */
@Tag("root")
@Tag("slow")
class WasmIT {
  private static final String IMAGE = "registry.example/hello:1";
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Path YOUKI = Cache.path("youki/youki");

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private PrivateNode node;

  @BeforeEach
  void prepare() throws Exception {
    assumeTrue(Files.exists(YOUKI), "youki has been built");
    Files.createDirectories(folder.resolve("handlers"));
    Files.writeString(
        folder.resolve("handlers/wasm.yaml"),
        "{binary: %s, annotations: [run.oci.handler=wasm]}".formatted(YOUKI));
    node =
        PrivateNode.in(
            folder, "handlers: {default: crun, drop-ins: %s/handlers}\n".formatted(folder));
    push(module());
  }

  @AfterEach
  void clear() throws Exception {
    if (node != null) {
      node.close();
    }
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private byte[] module() throws Exception {
    var module = folder.resolve("hello.wasm");
    var ended =
        new ProcessBuilder("wat2wasm", "src/test/resources/wasm/hello.wat", "-o", module.toString())
            .inheritIO()
            .start()
            .waitFor();
    assertThat(ended).isZero();
    return Files.readAllBytes(module);
  }

  private void push(byte[] module) throws IOException {
    var layer = tar(module);
    var config =
        "{\"architecture\": \"wasm\", \"os\": \"wasip1\", \"config\": {\"Entrypoint\": [\"/hello.wasm\"]}, \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"%s\"]}}"
            .formatted(DemoImage.digest(layer))
            .getBytes(StandardCharsets.UTF_8);
    var manifest =
        "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"config\": %s, \"layers\": [%s]}"
            .formatted(
                DemoImage.MANIFEST_TYPE,
                descriptor("application/vnd.oci.image.config.v1+json", config),
                descriptor("application/vnd.oci.image.layer.v1.tar", layer))
            .getBytes(StandardCharsets.UTF_8);
    node.registry().push("hello", "1", manifest, List.of(layer, config));
  }

  private static String descriptor(String type, byte[] blob) {
    return "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %d}"
        .formatted(type, DemoImage.digest(blob), blob.length);
  }

  private static byte[] tar(byte[] module) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      var entry = new TarArchiveEntry("hello.wasm");
      entry.setModTime(0);
      entry.setMode(0755);
      entry.setSize(module.length);
      tar.putArchiveEntry(entry);
      tar.write(module);
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  @Test
  void aModuleRunsAsAPodsContainer() throws Exception {
    // Given
    assertThat(node.start("")).as("%s", node.log()).isTrue();
    var cri = CriClient.on(vertx, node.socket(), DEADLINE);
    var logs = folder.resolve("logs");
    var pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("w").setNamespace("n").setUid("u"))
            .setLogDirectory(logs.toString())
            .build();
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("app"))
            .setImage(ImageSpec.newBuilder().setImage(IMAGE))
            .setLogPath("app.log")
            .build();

    // When
    await(cri.pull(IMAGE));
    var podId =
        await(
            cri.call(
                    RuntimeServiceGrpcClient.RunPodSandbox,
                    RunPodSandboxRequest.newBuilder()
                        .setConfig(pod)
                        .setRuntimeHandler("wasm")
                        .build())
                .map(RunPodSandboxResponse::getPodSandboxId));
    var id = await(cri.create(podId, container, pod));
    await(cri.start(id));
    assertThat(Waiting.until(DEADLINE, () -> hasEnded(cri, id))).isTrue();

    // Then
    assertThat(await(cri.status(id)).getExitCode()).isEqualTo(7);
    assertThat(Files.readString(logs.resolve("app.log"))).endsWith(" stdout F hello from wasm\n");
    await(cri.remove(id));
    await(cri.stopPod(podId));
    await(cri.removePod(podId));
    await(cri.removeImage(IMAGE));
    node.end();
    assertThat(node.mounts()).isEmpty();
  }

  private static boolean hasEnded(CriClient cri, String id) {
    return cri.status(id).await().getState() == ContainerState.CONTAINER_EXITED;
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(120, TimeUnit.SECONDS);
  }
}
