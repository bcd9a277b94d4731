package io.gantry.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.call.Call;
import io.gantry.call.Flow;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.image.registry.Repository;
import io.gantry.image.registry.Resolved;
import io.gantry.oci.ImageConfig;
import io.gantry.oci.Platform;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One pull: what each step finds, for the ones after it. Run once, on one context. */
final class Pull {
  /** As much of a configuration as one image may hold in memory. */
  private static final int CONFIG_BYTES_MAX = 8 * 1024 * 1024;

  /** Overlayfs stacks no more. */
  private static final int LAYERS_MAX = 500;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A configuration.
   *
   * @param content as it came
   */
  record Config(Buffer content, ImageConfig read, List<Digest> diffIds) {}

  /**
   * What all steps have found.
   *
   * @param naming what it will be called
   * @param layers the lowest first
   */
  record Found(Naming naming, Resolved resolved, Config config, List<Layer> layers) {}

  private final LocalImages images;
  private final Call call;
  private final Naming naming;
  private final Repository repository;
  private Optional<Resolved> resolved = Optional.empty();
  private Optional<Config> config = Optional.empty();
  private Optional<List<Layer>> layers = Optional.empty();
  private Optional<Image> image = Optional.empty();
  private List<Digest> pinned = List.of();

  Pull(LocalImages images, Call call, Naming naming, Repository repository) {
    this.images = images;
    this.call = call;
    this.naming = naming;
    this.repository = repository;
  }

  Future<Image> run() {
    return Flow.of(call)
        .step(PullStep.RESOLVE, this::resolve)
        .step(PullStep.CONFIG, this::readConfig)
        .step(PullStep.LAYERS, this::fetchLayers, this::letGo)
        .step(PullStep.SEAM, this::joinLayers)
        .step(PullStep.SYNC, images::sync)
        .step(PullStep.RECORD, this::record)
        .run()
        .map(_ -> image.orElseThrow())
        .onComplete(_ -> unpin());
  }

  private Future<Resolved> resolve() {
    return repository.resolve(call).onSuccess(found -> resolved = Optional.of(found));
  }

  private Future<Config> readConfig() {
    var descriptor = resolved.orElseThrow().config();
    var count = resolved.orElseThrow().layers().size();
    return repository
        .content(call, descriptor, CONFIG_BYTES_MAX)
        .compose(bytes -> images.disk().run(() -> parsed(bytes, count)))
        .onSuccess(found -> config = Optional.of(found));
  }

  /** Megabytes of JSON are too much for an event loop. */
  private Config parsed(Buffer bytes, int layerCount) throws IOException {
    try {
      var read = JSON.readValue(bytes.getBytes(), ImageConfig.class);
      var diffIds = diffIds(read);
      checkPlatform(read);
      checkLayers(diffIds.size(), layerCount);
      return new Config(bytes, read, diffIds);
    } catch (JsonProcessingException malformed) {
      throw wrong("config: " + malformed.getOriginalMessage(), "an image's configuration");
    }
  }

  private static List<Digest> diffIds(ImageConfig read) {
    var rootfs = read.rootfs();
    return rootfs == null || rootfs.diffIds() == null
        ? List.of()
        : rootfs.diffIds().stream().map(text -> new Digest(String.valueOf(text))).toList();
  }

  private void checkPlatform(ImageConfig read) {
    var os = read.os() == null ? "" : read.os();
    var architecture = read.architecture() == null ? "" : read.architecture();
    var host = Platform.host();
    var platform = new Platform(os, architecture, null);
    if (!os.isEmpty() && !architecture.isEmpty() && !host.runs(platform) && !platform.isWasm()) {
      throw wrong("made for " + os + "/" + architecture, host.os() + "/" + host.architecture());
    }
  }

  private void checkLayers(int diffIds, int layerCount) {
    if (diffIds != layerCount) {
      throw wrong(
          "config with " + diffIds + " diff_ids", "one for each of " + layerCount + " layers");
    }
    if (layerCount > LAYERS_MAX) {
      throw wrong(layerCount + " layers", LAYERS_MAX + " at most");
    }
  }

  private Future<List<Layer>> fetchLayers() {
    var diffIds = config.orElseThrow().diffIds();
    images.shelf().pin(diffIds);
    pinned = diffIds;
    return images
        .fetches(call, repository)
        .run(resolved.orElseThrow().layers(), diffIds)
        .recover(cause -> Future.failedFuture(about(RuntimeFault.of(cause))))
        .onSuccess(found -> layers = Optional.of(found));
  }

  /** A seam is pinned before it is there, as a layer is. */
  private Future<List<Layer>> joinLayers() {
    var found = layers.orElseThrow();
    var seams = Seams.names(found);
    images.shelf().pin(seams);
    pinned = Stream.concat(pinned.stream(), seams.stream()).toList();
    return images
        .seams()
        .join(call, found)
        .recover(cause -> Future.failedFuture(about(RuntimeFault.of(cause))))
        .onSuccess(joined -> layers = Optional.of(joined));
  }

  /** What is wrong with a layer is said of the image. */
  private RuntimeFault about(RuntimeFault fault) {
    var said = String.valueOf(fault.getMessage());
    return said.startsWith("layer") || said.startsWith("blob")
        ? fault.during("image: " + naming.said())
        : fault;
  }

  private Future<Image> record() {
    return images
        .record(
            call,
            new Found(naming, resolved.orElseThrow(), config.orElseThrow(), layers.orElseThrow()))
        .onSuccess(made -> image = Optional.of(made));
  }

  private Future<Void> letGo() {
    unpin();
    return images.sweep(call.detached());
  }

  private void unpin() {
    images.shelf().unpin(pinned);
    pinned = List.of();
  }

  private RuntimeFault wrong(String value, String expected) {
    return RuntimeFault.precondition(
        "image: " + naming.said() + ": " + value + " (expected: " + expected + ")");
  }
}
