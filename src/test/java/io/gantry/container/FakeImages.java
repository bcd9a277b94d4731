package io.gantry.container;

import io.gantry.call.Call;
import io.gantry.ids.Digest;
import io.gantry.image.Held;
import io.gantry.image.Image;
import io.gantry.image.Images;
import io.gantry.image.ImportImages;
import io.gantry.image.PullImage;
import io.gantry.image.Usage;
import io.gantry.oci.ImageConfig;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** One image, {@code registry.test/busybox:1}, that is always here. */
final class FakeImages implements Images {
  static final String NAME = "registry.test/busybox:1";

  private final Image only;
  private final AtomicInteger held = new AtomicInteger();

  FakeImages(ImageConfig.Execution execution) {
    only =
        new Image(
            new Digest("sha256:" + "c".repeat(64)),
            List.of(NAME),
            List.of("registry.test/busybox@sha256:" + "d".repeat(64)),
            1,
            new ImageConfig("amd64", "linux", execution, null),
            List.of(new Digest("sha256:" + "e".repeat(64))),
            Instant.EPOCH);
  }

  @Override
  public Future<Image> pull(Call call, PullImage request) {
    return Future.succeededFuture(only);
  }

  @Override
  public Optional<Image> find(String idOrReference) {
    return idOrReference.equals(NAME) || only.id().value().equals(idOrReference)
        ? Optional.of(only)
        : Optional.empty();
  }

  @Override
  public Optional<Held> hold(String idOrReference) {
    return find(idOrReference)
        .map(image -> new Held(image, held::decrementAndGet))
        .map(this::counted);
  }

  private Held counted(Held taken) {
    held.incrementAndGet();
    return taken;
  }

  /** How many holds were not let go of. */
  int held() {
    return held.get();
  }

  @Override
  public List<Image> list() {
    return List.of(only);
  }

  @Override
  public Future<List<Image>> importFrom(Call call, Path archive, ImportImages request) {
    return Future.failedFuture(new UnsupportedOperationException("containers import nothing"));
  }

  @Override
  public Future<List<Image>> importFrom(
      Call call, ReadStream<Buffer> archive, ImportImages request) {
    return Future.failedFuture(new UnsupportedOperationException("containers import nothing"));
  }

  @Override
  public Future<Void> exportTo(Call call, List<String> images, WriteStream<Buffer> to) {
    return Future.failedFuture(new UnsupportedOperationException("containers export nothing"));
  }

  @Override
  public boolean pinned(Image image) {
    return false;
  }

  @Override
  public Future<Void> remove(Call call, String idOrReference) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> sweep(Call call) {
    return Future.succeededFuture();
  }

  @Override
  public List<Path> layers(Image image) {
    return List.of(Path.of("/layers/one"));
  }

  @Override
  public Usage usage() {
    return new Usage(Path.of("/layers"), 1, 1);
  }
}
