package io.gantry.image;

import static io.gantry.image.ImageNode.await;
import static io.gantry.image.ImageNode.call;
import static io.gantry.image.ImageNode.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.DebianRegistry;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.image.unpack.OnDisk;
import io.gantry.image.unpack.TarBytes;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that break, stand still, or are merely slow. */
@Tag("root")
class ResumeIT {
  private static final int CONTENT_BYTES = 6 * 1024 * 1024;
  private static final int CHUNK_BYTES = 64 * 1024;

  @TempDir(factory = OnDisk.class)
  private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final Random seeded = new Random(20);
  private final byte[] content = content();
  private final TestImage image =
      TestImage.of(new TarBytes().file("big", "").holding(content).at(1).add().end());
  private final int blobBytes = image.layers().getFirst().length;
  private ImageNode node;

  private byte[] content() {
    var bytes = new byte[CONTENT_BYTES];
    seeded.nextBytes(bytes);
    return bytes;
  }

  @BeforeEach
  void open() throws Exception {
    node = new ImageNode(vertx, folder.resolve("node"));
  }

  @AfterEach
  void close() throws Exception {
    node.close();
    await(vertx.close());
  }

  /** So many places, of which one is in the trailer of the gzip stream and one at its end. */
  private TreeSet<Long> places(int count) {
    var places = new TreeSet<>(List.of(blobBytes - 5L, blobBytes - 1L, 0L));
    while (places.size() < count) {
      places.add((long) seeded.nextInt(blobBytes));
    }
    return places;
  }

  @Test
  void fiftyBrokenConnectionsCostAChunkEach() throws Exception {
    // Given
    try (var registry = DebianRegistry.in(folder.resolve("registry"))) {
      registry.push("big", "1", image.manifest(), image.blobs());
      var proxy = CuttingProxy.of(vertx, registry.host(), blobBytes, places(50));

      // When
      var pulled = node.pull(proxy.host() + "/big:1");

      // Then
      assertThat(proxy.cuts()).isEqualTo(50);
      assertThat(proxy.passed()).isBetween((long) blobBytes, blobBytes + 50L * CHUNK_BYTES);
      assertThat(pulled.layers()).isEqualTo(diffIds());
      assertThat(node.file(pulled, "big")).hasBinaryContent(content);
      proxy.close();
    }
  }

  private List<io.gantry.ids.Digest> diffIds() {
    return List.of(
        TestImage.digest(new TarBytes().file("big", "").holding(content).at(1).add().end()));
  }

  @Test
  void aRegistryWithoutRangesSendsTheLayerAgain() throws Exception {
    // Given
    try (var registry = DebianRegistry.in(folder.resolve("registry"))) {
      registry.push("big", "1", image.manifest(), image.blobs());
      var proxy = CuttingProxy.hidingRanges(vertx, registry.host(), blobBytes, places(4));

      // When
      var pulled = node.pull(proxy.host() + "/big:1");

      // Then
      assertThat(proxy.cuts()).isEqualTo(4);
      assertThat(node.file(pulled, "big")).hasBinaryContent(content);
      proxy.close();
    }
  }

  @Test
  void aRegistryThatBreaksOffAlwaysIsGivenUp() throws Exception {
    // Given
    var registry = FakeRegistry.open(vertx).with("big", "1", image);
    registry.breaking(TestImage.digest(image.layers().getFirst()));

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/big:1"));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(fault.getMessage()).startsWith("RegistryUnavailable: ");
    assertThat(node.layers()).isEmpty();
    registry.close();
  }

  @Test
  void aTransferThatStandsStillFails() throws Exception {
    // Given
    var registry = FakeRegistry.open(vertx).with("big", "1", image);
    registry.stalling(TestImage.digest(image.layers().getFirst()));

    // When
    var fault = faultOf(node.start(call(), registry.host() + "/big:1"));

    // Then
    assertThat(fault).hasMessageContaining("no byte for " + ImageNode.STALL.toMillis() + " ms");
    registry.close();
  }

  /** Four times as long as a transfer may stand still, a little at a time. */
  @Test
  void aSlowTransferGoesOn() throws Exception {
    // Given
    var small = TestImage.of(new TarBytes().file("f", "content").add().end());
    var digest = TestImage.digest(small.layers().getFirst());
    var slow = new SlowBlob(vertx, small.layers().getFirst(), ImageNode.STALL.toMillis() * 4);
    var registry = FakeRegistry.open(vertx).with("app", "1", small);
    registry.redirecting("/v2/app/blobs/" + digest, "http://" + slow.host() + "/");

    // When
    var pulled = node.pull(registry.host() + "/app:1");

    // Then
    assertThat(Files.readString(node.file(pulled, "f"))).isEqualTo("content");
    registry.close();
    slow.close();
  }

  /** Serves one blob in twenty pieces. */
  private static final class SlowBlob {
    private static final int PIECES = 20;
    private final io.vertx.core.http.HttpServer server;

    SlowBlob(Vertx vertx, byte[] blob, long millis) throws Exception {
      server =
          vertx
              .createHttpServer()
              .requestHandler(
                  request -> {
                    var response = request.response();
                    response.putHeader("Content-Length", Integer.toString(blob.length));
                    piece(vertx, response, Buffer.buffer(blob), 0, millis / PIECES);
                  })
              .listen(0, "127.0.0.1")
              .await(10, TimeUnit.SECONDS);
    }

    private static void piece(
        Vertx vertx,
        io.vertx.core.http.HttpServerResponse response,
        Buffer blob,
        int index,
        long millis) {
      var from = blob.length() * index / PIECES;
      var to = blob.length() * (index + 1) / PIECES;
      response.write(blob.slice(from, to));
      if (to == blob.length()) {
        response.end();
      } else {
        vertx.setTimer(millis, _ -> piece(vertx, response, blob, index + 1, millis));
      }
    }

    String host() {
      return "127.0.0.1:" + server.actualPort();
    }

    void close() throws Exception {
      server.close().await(10, TimeUnit.SECONDS);
    }
  }
}
