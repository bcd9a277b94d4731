package io.gantry.network;

import io.gantry.host.Disk;
import io.gantry.host.Host;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** Networks by CNI plugins, of specification 0.1 to 1.1. */
public final class Cni {
  private Cni() {}

  /**
   * Opens the cache and reads the configurations, then keeps them fresh on the caller's context. A
   * node without a configuration is no failure: {@link Networks#notReady} tells.
   */
  public static Future<Networks> networks(Vertx vertx, Host host, NetworkConfig config) {
    return networks(vertx, host, config, ConfWatch.Pace.SLOW);
  }

  /**
   * Reads the configurations once, and asks no plugin: for whoever wants to know what {@link
   * #networks} would find.
   */
  public static Future<Networks.Look> look(Disk disk, NetworkConfig config) {
    var range = new PodRange(config.cache().resolve("pod-range"), config.defaultBridge(), disk);
    var directory = new ConfDir(config.confDir(), new BinDirs(config.binDirs()), range::chain);
    return range
        .open()
        .compose(
            _ -> disk.run(() -> directory.read(ConfDir.Reading.none("not read yet", List.of()))))
        .map(reading -> new Networks.Look(reading.description(), reading.notReady()));
  }

  static Future<Networks> networks(
      Vertx vertx, Host host, NetworkConfig config, ConfWatch.Pace pace) {
    var binDirs = new BinDirs(config.binDirs());
    var range =
        new PodRange(config.cache().resolve("pod-range"), config.defaultBridge(), host.disk());
    var directory = new ConfDir(config.confDir(), binDirs, range::chain);
    var plugins = new Plugins(vertx, host, binDirs);
    var configurations = new ConfWatch(vertx, host, directory, plugins, pace);
    var cache = new AttachmentCache(config.cache(), host.disk());
    return cache
        .open()
        .compose(_ -> range.open())
        .compose(_ -> configurations.start())
        .map(_ -> new CniNetworks(config, configurations, range, cache, plugins, host.disk()));
  }
}
