package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that skopeo and umoci must read. */
@Tag("root")
class ExportIT {
  private static final byte[] BASE =
      new TarBytes().directory("etc/").mode(0700).at(5).add().file("etc/a", "one").add().end();
  private static final byte[] TOP = new TarBytes().file("etc/b", "two").mode(04755).add().end();
  private static final byte[] OTHER = new TarBytes().file("f", "plain").add().end();
  private static final TestImage IMAGE = TestImage.of(BASE, TOP);
  private static final TestImage PLAIN = TestImage.uncompressed(OTHER);

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private ImageNode node;
  private FakeRegistry registry;

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder.resolve("node"));
    registry = FakeRegistry.open(vertx).with("app", "1", IMAGE).with("plain", "2", PLAIN);
  }

  @AfterEach
  void close() throws Exception {
    registry.close();
    node.close();
    await(vertx.close());
  }

  private Path archive() {
    return folder.resolve("out.tar");
  }

  private Future<Void> start(String... names) throws Exception {
    var file = await(vertx.fileSystem().open(archive().toString(), new OpenOptions()));
    return node.onLoop(() -> node.images.exportTo(call(), List.of(names), file));
  }

  private String inspected(String name, String... flags) throws Exception {
    var command = new java.util.ArrayList<>(List.of("skopeo", "inspect"));
    command.addAll(List.of(flags));
    command.add("oci-archive:" + archive() + ":" + name);
    return Shell.run(command.toArray(String[]::new));
  }

  @Test
  void anExportIsTheImageThatCame() throws Exception {
    // Given
    node.keeping();
    var app = registry.host() + "/app:1";
    var plain = registry.host() + "/plain:2";
    node.pull(app);
    node.pull(plain);

    // When
    await(start(app, plain));

    // Then
    var raw = new JsonObject(inspected(app, "--raw"));
    assertThat(raw.getJsonObject("config").getString("digest")).isEqualTo(IMAGE.id().value());
    assertThat(raw.getJsonArray("layers"))
        .isEqualTo(
            new JsonObject(new String(IMAGE.manifest(), java.nio.charset.StandardCharsets.UTF_8))
                .getJsonArray("layers"));
    assertThat(new JsonObject(inspected(plain)).getJsonArray("Layers"))
        .isEqualTo(new JsonArray().add(TestImage.digest(OTHER).value()));
    Shell.run(
        "skopeo",
        "copy",
        "oci-archive:" + archive() + ":" + app,
        "oci:" + folder.resolve("oci") + ":app");
    Shell.run(
        "umoci",
        "unpack",
        "--image",
        folder.resolve("oci") + ":app",
        folder.resolve("bundle") + "");
    assertThat(folder.resolve("bundle/rootfs/etc/b")).hasContent("two");
  }

  @Test
  void whatWasExportedIsImportedAsTheSame() throws Exception {
    // Given
    node.keeping();
    var app = registry.host() + "/app:1";
    var pulled = node.pull(app);
    await(start(app));
    await(node.onLoop(() -> node.images.remove(call(), app)));
    assertThat(node.layers()).isEmpty();

    // When
    var images =
        await(node.onLoop(() -> node.images.importFrom(call(), archive(), ImportImages.AS_NAMED)));

    // Then
    assertThat(images).hasSize(1);
    assertThat(images.getFirst().id()).isEqualTo(pulled.id());
    assertThat(images.getFirst().tags()).containsExactly(app);
    assertThat(images.getFirst().layers()).isEqualTo(pulled.layers());
  }

  @Test
  void whatWasNotKeptIsRefusedBeforeAnythingIsWritten() throws Exception {
    // Given
    var app = registry.host() + "/app:1";
    node.pull(app);

    // When
    var fault = faultOf(start(app));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageContaining("images.keep-blobs");
    assertThat(Files.size(archive())).isZero();
    assertThat(faultOf(start("absent:1")).kind()).isEqualTo(Kind.NOT_FOUND);
  }
}
