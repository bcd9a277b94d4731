package io.gantry.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Blob;
import io.gantry.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A layer on its way from an event loop through the thread that unpacks it. */
@Tag("root")
class OverlayUnpackerIT {
  private final Vertx vertx = Vertx.vertx();
  private final Unpacker unpacker = Unpacker.over(vertx, new UnpackConfig(2, 10_000_000, 100));
  private final AtomicBoolean abandoned = new AtomicBoolean();

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectory(folder.resolve("fs"));
    Files.createDirectory(folder.resolve("aside"));
  }

  @AfterEach
  void close() throws Exception {
    unpacker.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private static Call call() {
    return Call.internal(Call.Tools.plain(), "test");
  }

  private static Digest digest(byte[] content) throws Exception {
    return Digest.sha256(MessageDigest.getInstance("SHA-256").digest(content));
  }

  private static Descriptor descriptor(byte[] blob) throws Exception {
    return new Descriptor(null, digest(blob).value(), blob.length, null, null);
  }

  private Future<Unpacked> unpack(Call call, Source source, Descriptor blob, Digest diffId) {
    Promise<Unpacked> done = Promise.promise();
    vertx.runOnContext(
        _ ->
            unpacker
                .unpack(
                    call,
                    new Blob(source, () -> abandoned.set(true)),
                    blob,
                    diffId,
                    new Unpacker.Room(
                        folder.resolve("fs"),
                        folder.resolve("aside"),
                        folder.resolve("loose"),
                        Optional.empty()))
                .onComplete(done));
    return done.future();
  }

  private Unpacked unpack(byte[] archive) throws Exception {
    var blob = TarBytes.gzip(archive);
    return unpack(call(), new Source(blob), descriptor(blob), digest(archive))
        .await(20, TimeUnit.SECONDS);
  }

  /** Sends bytes in small pieces while it may, and waits at {@code hold} if it is not negative. */
  private final class Source implements ReadStream<Buffer> {
    private final byte[] bytes;
    private final int hold;
    private Handler<Buffer> onChunk = _ -> {};
    private Handler<Void> onEnd = _ -> {};
    private boolean flowing;
    private int at;
    private int pauses;

    Source(byte[] bytes) {
      this(bytes, -1);
    }

    Source(byte[] bytes, int hold) {
      this.bytes = bytes;
      this.hold = hold;
    }

    private void pump() {
      if (flowing && at != hold) {
        if (at == bytes.length) {
          flowing = false;
          onEnd.handle(null);
          return;
        }
        var next = Math.min(bytes.length, at + 300_000);
        next = hold > at && hold < next ? hold : next;
        var chunk = Buffer.buffer(java.util.Arrays.copyOfRange(bytes, at, next));
        at = next;
        onChunk.handle(chunk);
        vertx.runOnContext(_ -> pump());
      }
    }

    @Override
    public ReadStream<Buffer> handler(Handler<Buffer> handler) {
      onChunk = handler;
      return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(Handler<Void> handler) {
      onEnd = handler;
      return this;
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
      return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
      flowing = false;
      pauses++;
      return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
      flowing = true;
      vertx.runOnContext(_ -> pump());
      return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      return this;
    }
  }

  @Test
  void aLargeLayerComesWithBackPressure() throws Exception {
    // Given
    var content = new byte[8_000_000];
    new java.util.Random(1).nextBytes(content);
    var archive = new TarBytes().entry('0', "large").holding(content).add().end();
    var source = new Source(archive);

    // When
    unpack(call(), source, descriptor(archive), digest(archive)).await(20, TimeUnit.SECONDS);

    // Then
    assertThat(folder.resolve("fs/large")).hasBinaryContent(content);
    assertThat(source.pauses).isPositive();
  }

  @Test
  void bytesAfterTheEndOfTheArchiveAreHashedToo() throws Exception {
    // Given
    var archive = new ByteArrayOutputStream();
    archive.writeBytes(new TarBytes().file("f", "x").add().end());
    archive.writeBytes("more".repeat(5000).getBytes(java.nio.charset.StandardCharsets.UTF_8));

    // When
    unpack(archive.toByteArray());

    // Then
    assertThat(folder.resolve("fs/f")).hasContent("x");
  }

  @Test
  void aWrongDiffIdIsRefused() throws Exception {
    // Given
    var blob = TarBytes.gzip(new TarBytes().file("f", "x").add().end());

    // When
    var unpacked = unpack(call(), new Source(blob), descriptor(blob), digest(blob));

    // Then
    assertThatThrownBy(() -> unpacked.await(20, TimeUnit.SECONDS))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("layer: uncompressed: digest");
    assertThat(abandoned).isTrue();
  }

  @Test
  void aBombIsStopped() {
    assertThatThrownBy(
            () ->
                unpack(new TarBytes().entry('0', "bomb").holding(new byte[11_000_000]).add().end()))
        .hasMessageContaining("archive of more than 10000000 bytes");
    assertThat(abandoned).isTrue();
  }

  @Test
  void moreEntriesThanAllowedAreRefused() {
    // Given
    var tar = new TarBytes();
    for (var i = 0; i < 101; i++) {
      tar.file("f" + i, "").add();
    }

    // Then
    assertThatThrownBy(() -> unpack(tar.end())).hasMessageContaining("more than 100 entries");
  }

  @Test
  void aCancelledCallFreesTheThreadAtOnce() throws Exception {
    // Given
    var archive = new TarBytes().entry('0', "large").holding(new byte[1_000_000]).add().end();
    var call = call();
    var pending = unpack(call, new Source(archive, 500_000), descriptor(archive), digest(archive));
    vertx.timer(100, TimeUnit.MILLISECONDS).await(5, TimeUnit.SECONDS);

    // When
    var begun = System.nanoTime();
    call.cancel("enough");

    // Then
    assertThatThrownBy(() -> pending.await(5, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            RuntimeFault.class,
            fault -> assertThat(fault.kind()).isEqualTo(Kind.DEADLINE_EXCEEDED));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(1));
    assertThat(abandoned).isTrue();
  }
}
