package io.gantry.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.CriClient;
import io.gantry.client.DemoImage;
import io.gantry.cri.proto.ContainerConfig;
import io.gantry.cri.proto.ContainerMetadata;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.PodSandboxConfig;
import io.gantry.cri.proto.PodSandboxMetadata;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many layers as Docker ever makes: their names together are longer than mount(2) takes. */
@Tag("root")
class ManyLayersIT {
  private static final int LAYERS = 127;
  private static final String IMAGE = "registry.example/many:1";
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private PrivateNode node;

  @BeforeEach
  void prepare() throws IOException {
    node = PrivateNode.in(folder);
    push(DemoImage.ofBusybox(Path.of("/bin/busybox")));
  }

  @AfterEach
  void clear() throws Exception {
    node.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private void push(DemoImage busybox) throws IOException {
    var blobs = new ArrayList<byte[]>();
    var diffIds = new ArrayList<String>();
    try (var plain = new GZIPInputStream(new java.io.ByteArrayInputStream(busybox.layer()))) {
      diffIds.add(DemoImage.digest(plain.readAllBytes()));
    }
    blobs.add(busybox.layer());
    for (var i = 1; i < LAYERS; i++) {
      var tar = tar("etc/layer" + i % 100, "layer " + i);
      diffIds.add(DemoImage.digest(tar));
      blobs.add(gzip(tar));
    }
    var config =
        "{\"architecture\": \"amd64\", \"os\": \"linux\", \"config\": {}, \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [%s]}}"
            .formatted(diffIds.stream().map(id -> '"' + id + '"').collect(Collectors.joining(",")))
            .getBytes(StandardCharsets.UTF_8);
    var layers =
        blobs.stream()
            .map(blob -> descriptor("application/vnd.oci.image.layer.v1.tar+gzip", blob))
            .collect(Collectors.joining(","));
    var manifest =
        "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"config\": %s, \"layers\": [%s]}"
            .formatted(
                DemoImage.MANIFEST_TYPE,
                descriptor("application/vnd.oci.image.config.v1+json", config),
                layers)
            .getBytes(StandardCharsets.UTF_8);
    blobs.add(config);
    node.registry().push("many", "1", manifest, blobs);
  }

  private static String descriptor(String type, byte[] blob) {
    return "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %d}"
        .formatted(type, DemoImage.digest(blob), blob.length);
  }

  private static byte[] tar(String name, String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      var entry = new TarArchiveEntry(name);
      entry.setModTime(0);
      entry.setSize(text.length());
      tar.putArchiveEntry(entry);
      tar.write(text.getBytes(StandardCharsets.UTF_8));
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    }
    return bytes.toByteArray();
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(120, TimeUnit.SECONDS);
  }

  @Test
  void anImageOfManyLayersRuns() throws Exception {
    // Given
    assertThat(node.start("")).as("%s", node.log()).isTrue();
    var cri = CriClient.on(vertx, node.socket(), DEADLINE);
    var pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("m").setNamespace("n").setUid("u"))
            .setLogDirectory(folder.resolve("logs").toString())
            .build();
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("app"))
            .setImage(ImageSpec.newBuilder().setImage(IMAGE))
            .addAllCommand(List.of("/bin/sh", "-c", "sleep 1000"))
            .setLogPath("app.log")
            .build();

    // When
    await(cri.pull(IMAGE));
    var podId = await(cri.runPod(pod));
    var id = await(cri.create(podId, container, pod));
    await(cri.start(id));
    var seen = await(cri.exec(id, DEADLINE, List.of("cat", "/etc/layer26", "/etc/layer27")));

    // Then
    assertThat(seen.getStdout().toStringUtf8()).isEqualTo("layer 126layer 27");
    await(cri.stop(id, Duration.ZERO));
    await(cri.remove(id));
    await(cri.stopPod(podId));
    await(cri.removePod(podId));
    await(cri.removeImage(IMAGE));
    node.end();
    assertThat(node.mounts()).isEmpty();
  }
}
