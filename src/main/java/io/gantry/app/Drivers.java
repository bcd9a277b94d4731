package io.gantry.app;

import io.gantry.errors.RuntimeFault;
import io.gantry.handler.Handler;
import io.gantry.handler.HandlersConfig;
import io.gantry.handler.Trial;
import io.gantry.host.Host;
import io.gantry.monitor.Conmon;
import io.gantry.monitor.ConmonConfig;
import io.gantry.monitor.ConmonConfig.Quirks;
import io.gantry.runtime.BlockRoot;
import io.gantry.runtime.CgroupDriver;
import io.gantry.runtime.Features;
import io.gantry.runtime.PodRuntime;
import io.gantry.shim.Imaging;
import io.gantry.shim.Shim;
import io.gantry.shim.ShimConfig;
import io.gantry.shim.ShimOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Makes the driver of a handler: the one place that knows all drivers. One that was made is kept,
 * for it knows the containers of its handler; asked for again it is tried again, if need be.
 */
final class Drivers {
  /** What has to be done with a driver that is made while pods run, before it is given any. */
  @FunctionalInterface
  interface Adoption {
    Future<Void> adopt(String handler, PodRuntime runtime);
  }

  /**
   * A driver, and what it was made from.
   *
   * @param ready whether it has been given pods, or may be
   */
  private record Made(Handler handler, PodRuntime runtime, boolean ready) {
    /** Annotations are not the driver's business. */
    boolean isOf(Handler other) {
      return handler.driver() == other.driver()
          && handler.binary().equals(other.binary())
          && handler.options().equals(other.options())
          && handler.quirks().equals(other.quirks())
          && handler.blockRoot().equals(other.blockRoot());
    }
  }

  private final Vertx vertx;
  private final Host host;
  private final Clock clock;
  private final Path run;
  private final boolean idMaps;
  private final ConcurrentMap<String, Made> made = new ConcurrentHashMap<>();
  private volatile Adoption adoption = (_, _) -> Future.succeededFuture();

  /**
   * @param idMaps whether this host shows layers with other owners
   */
  Drivers(Vertx vertx, Host host, Clock clock, Path run, boolean idMaps) {
    this.vertx = vertx;
    this.host = host;
    this.clock = clock;
    this.run = run;
    this.idMaps = idMaps;
  }

  /** From now on pods run, and new drivers are adopted. */
  void adoptBy(Adoption adopting) {
    adoption = adopting;
  }

  /**
   * The driver, once a container of its has run. {@code cgroups} is this node's. One at a time for
   * each handler.
   */
  Future<PodRuntime> driver(Handler handler, CgroupDriver cgroups) {
    return kept(handler)
        .compose(
            kept ->
                Trial.passed(
                        host,
                        cgroups,
                        run.resolve("trials").resolve(handler.name()),
                        handler,
                        kept.runtime())
                    .compose(
                        _ ->
                            kept.ready()
                                ? Future.succeededFuture()
                                : adoption.adopt(handler.name(), kept.runtime()))
                    .map(
                        _ -> {
                          made.put(handler.name(), new Made(handler, kept.runtime(), true));
                          return kept.runtime();
                        }));
  }

  private Future<Made> kept(Handler handler) {
    var there = made.get(handler.name());
    if (there == null) {
      return untried(handler)
          .map(runtime -> new Made(handler, runtime, false))
          .onSuccess(it -> made.put(handler.name(), it));
    }
    return there.isOf(handler)
        ? Future.succeededFuture(there)
        : Future.failedFuture(
            RuntimeFault.precondition(
                "it has other settings now (expected: those it started with, or the daemon"
                    + " restarted, which ends no pod)"));
  }

  private Future<PodRuntime> untried(Handler handler) {
    return switch (handler.driver()) {
      case OCI -> conmon(handler);
      case SHIM -> shim(handler);
    };
  }

  /** What the driver of a handler could do, without making it. */
  Future<Features> features(Handler handler) {
    return switch (handler.driver()) {
      case OCI ->
          host.disk().run(() -> config(handler)).compose(config -> Conmon.features(host, config));
      case SHIM ->
          host.disk().run(() -> shimConfig(handler)).compose(config -> Shim.features(host, config));
    };
  }

  private Future<PodRuntime> conmon(Handler handler) {
    return host.disk()
        .run(() -> config(handler))
        .compose(config -> Conmon.runtime(vertx, host, clock, config));
  }

  private Future<PodRuntime> shim(Handler handler) {
    return host.disk()
        .run(() -> shimConfig(handler))
        .compose(config -> Shim.runtime(vertx, host, clock, config));
  }

  private ShimConfig shimConfig(Handler handler) {
    return new ShimConfig(
        handler.binary(),
        ShimOptions.parse(String.valueOf(handler.binary().getFileName()), handler.options()),
        found("catatonit"),
        directory(handler),
        "/gantry",
        idMaps,
        handler.blockRoot().map(Drivers::imaging));
  }

  private static Imaging imaging(BlockRoot root) {
    return new Imaging(ofE2fsprogs("mkfs.ext4"), ofE2fsprogs("debugfs"), root.spaceBytes());
  }

  private static Path ofE2fsprogs(String program) {
    return found(program)
        .orElseThrow(
            () ->
                RuntimeFault.precondition(
                    program
                        + ": not found (expected: the package e2fsprogs installed, for roots that"
                        + " are block devices)"));
  }

  private Path directory(Handler handler) {
    return run.resolve("runtimes").resolve(handler.name());
  }

  private ConmonConfig config(Handler handler) {
    var config =
        ConmonConfig.of(
            found("conmon")
                .orElseThrow(
                    () ->
                        RuntimeFault.precondition(
                            "conmon: not found (expected: the package conmon installed)")),
            handler.binary(),
            found("catatonit"),
            directory(handler));
    return new ConmonConfig(
        config.conmon(),
        config.runtime(),
        config.catatonit(),
        config.directory(),
        handler.options(),
        config.defaultCgroupParent(),
        new Quirks(
            quirk(handler, "hideUnified"),
            quirk(handler, "detachedExec"),
            quirk(handler, "ownKernel")),
        idMaps);
  }

  private static Optional<Boolean> quirk(Handler handler, String name) {
    return Optional.ofNullable(handler.quirks().get(name));
  }

  private static Optional<Path> found(String binary) {
    return HandlersConfig.USUAL_PATH.stream()
        .map(directory -> directory.resolve(binary))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
