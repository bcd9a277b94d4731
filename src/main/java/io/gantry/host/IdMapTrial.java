package io.gantry.host;

import io.gantry.host.Namespaces.Kind;
import io.gantry.host.Namespaces.Wanted;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a user namespace and an overlay of a layer with its owners, looks whether the owners are
 * right, and takes all away. What a trial that was killed has left goes with the next one.
 */
final class IdMapTrial {
  private static final int ROOT = 65_536;
  private static final List<IdMapping> IDS = List.of(new IdMapping(0, ROOT, ROOT));

  private final Pool pool;
  private final Namespaces namespaces;
  private final Mounts mounts;
  private final Path layer;
  private final Path upper;
  private final Path work;
  private final Path target;
  private final Path pins;
  private final Path all;

  IdMapTrial(Pool pool, Namespaces namespaces, Mounts mounts, Path directory) {
    this.pool = pool;
    this.namespaces = namespaces;
    this.mounts = mounts;
    all = directory.resolve("id-map-trial");
    layer = all.resolve("layer");
    upper = all.resolve("upper");
    work = all.resolve("work");
    target = all.resolve("target");
    pins = all.resolve("ns");
  }

  Future<Optional<String>> run() {
    return clear()
        .compose(_ -> pool.act(this::prepare))
        .compose(_ -> namespaces.create(wanted()))
        .compose(_ -> mounts.overlay(List.of(layer), shown(), upper, work, target))
        .compose(_ -> pool.run(this::wrongOwner))
        .otherwise(cause -> Optional.of(String.valueOf(cause.getMessage())))
        .compose(why -> clear().map(why))
        .otherwise(cause -> Optional.of(all + " was not cleared: " + cause.getMessage()));
  }

  private Wanted wanted() {
    return new Wanted(
        pins, Set.of(Kind.USER), Optional.of(new IdMappings(IDS, IDS)), Optional.empty(), Map.of());
  }

  private Mounts.Shown shown() {
    return new Mounts.Shown(Optional.of(pin()), Optional.empty());
  }

  private Path pin() {
    return pins.resolve(Kind.USER.file());
  }

  private void prepare() throws IOException {
    for (var directory : List.of(layer, upper, work, target, pins)) {
      Files.createDirectories(directory);
    }
    Files.createFile(layer.resolve("file"));
  }

  private Optional<String> wrongOwner() throws IOException {
    var owner = Files.getAttribute(target.resolve("file"), "unix:uid");
    return owner.equals(ROOT)
        ? Optional.empty()
        : Optional.of("owner of an id-mapped file: " + owner + " (expected: " + ROOT + ")");
  }

  private Future<Void> clear() {
    return mounts
        .unmount(target)
        .compose(_ -> namespaces.remove(pins))
        .compose(_ -> pool.act(() -> TreeRemoval.delete(all)));
  }
}
