package io.gantry.image;

import io.gantry.call.Call;
import io.gantry.call.Failpoints;
import io.gantry.errors.RuntimeFault;
import io.gantry.host.LinuxHost;
import io.gantry.ids.Digest;
import io.gantry.ids.ImageRef;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.Proxies;
import io.gantry.image.registry.Registries;
import io.gantry.image.registry.RegistryConfig;
import io.gantry.metrics.Metrics;
import io.gantry.state.FakeState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Images on a real disk with state in memory, and what tests of them say often. */
final class ImageNode {
  static final Duration STALL = Duration.ofMillis(600);

  final Vertx vertx;
  final LinuxHost host;
  final Path folder;
  final Set<Digest> held = new HashSet<>();
  boolean keepBlobs;
  Proxies proxies = Proxies.NONE;
  FakeState state = new FakeState();
  Images images;

  @SuppressWarnings("NullAway.Init") // opened at once
  ImageNode(Vertx vertx, Path folder) throws Exception {
    this.vertx = vertx;
    this.folder = folder;
    this.host = LinuxHost.on(vertx);
    Files.createDirectories(folder.resolve("certs.d"));
    open();
  }

  /** Again, keeping layers as they come. */
  void keeping() throws Exception {
    keepBlobs = true;
    open();
  }

  /** Again, with other proxies. */
  void through(Proxies others) throws Exception {
    proxies = others;
    open();
  }

  private void open() throws Exception {
    var registries =
        Registries.over(
            vertx,
            host.disk(),
            new RegistryConfig(
                folder.resolve("certs.d"),
                Optional.of(folder.resolve("auth.json")),
                STALL,
                Duration.ofSeconds(5),
                proxies),
            Metrics.unread());
    var clock = Clock.fixed(Instant.ofEpochSecond(1), ZoneOffset.UTC);
    images =
        await(
            Images.over(
                new Images.Parts(vertx, host, state, registries, () -> Set.copyOf(held), clock),
                ImagesConfig.under(folder).keepBlobs(keepBlobs)));
  }

  /** As after the death of the daemon. */
  void restart() throws Exception {
    state = state.reopened(_ -> {});
    open();
  }

  static Call call() {
    return Call.internal(Call.Tools.plain(), "PullImage");
  }

  static Call call(String failpoints) {
    return Call.internal(
        new Call.Tools(Metrics.unread(), Failpoints.parse(failpoints)), "PullImage");
  }

  Image pull(String reference) throws Exception {
    return await(start(call(), reference));
  }

  Future<Image> start(Call call, String reference) {
    return start(call, reference, Optional.empty());
  }

  Future<Image> start(Call call, String reference, Optional<Credentials> credentials) {
    return onLoop(() -> images.pull(call, new PullImage(ImageRef.parse(reference), credentials)));
  }

  /** Starts work as a door does: on an event loop. */
  <T> Future<T> onLoop(Supplier<Future<T>> work) {
    Promise<T> done = Promise.promise();
    vertx.runOnContext(_ -> work.get().onComplete(done));
    return done.future();
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }

  static RuntimeFault faultOf(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (RuntimeFault fault) {
      return fault;
    }
    throw new AssertionError("no fault");
  }

  Path layersFolder() {
    return folder.resolve("images/layers");
  }

  /** The layers that are under their names. */
  List<String> layers() throws IOException {
    return names(layersFolder().resolve("sha256"));
  }

  List<String> unfinished() throws IOException {
    return names(layersFolder().resolve("tmp"));
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** The file of an image as a container would see it, in the topmost layer that has it. */
  Path file(Image image, String name) {
    return images.layers(image).stream()
        .map(layer -> layer.resolve(name))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow();
  }

  void close() throws Exception {
    await(host.close());
  }
}
