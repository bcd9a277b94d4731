package io.gantry.host;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Mounts that are only remembered. */
public final class FakeMounts implements Mounts {
  private final FakeHost host;
  private final Map<String, Buffer> files = new ConcurrentHashMap<>();
  private final List<Mount> mounts = new CopyOnWriteArrayList<>();

  FakeMounts(FakeHost host) {
    this.host = host;
  }

  /** What is mounted, in order. */
  public List<Mount> mounted() {
    return List.copyOf(mounts);
  }

  /** Whether something is mounted at exactly this path. */
  public boolean isMounted(Path target) {
    return mounts.stream().anyMatch(mount -> mount.target().equals(target));
  }

  /** A mount that was there before. */
  public FakeMounts has(Mount mount) {
    mounts.add(mount);
    return this;
  }

  @Override
  public Future<Void> overlay(List<Path> layers, Shown shown, Path upper, Path work, Path target) {
    var parts = target + " layers=" + layers + text(shown) + " upper=" + upper + " work=" + work;
    return host.recorded("mounts.overlay", parts, () -> add(target, "overlay", "overlay"));
  }

  private static String text(Shown shown) {
    return shown.users().map(file -> " users=" + file).orElse("")
        + shown.label().map(label -> " label=" + label).orElse("");
  }

  /** What every stack of layers holds at this path. */
  public FakeMounts holds(String path, String content) {
    files.put(path, Buffer.buffer(content));
    return this;
  }

  @Override
  public Future<Map<String, Buffer>> read(List<Path> layers, List<String> paths, int bytesMax) {
    return host.recorded(
        "mounts.read",
        layers + " " + paths,
        () -> {
          var found = new TreeMap<>(files);
          found.keySet().retainAll(paths);
          return Future.succeededFuture(found);
        });
  }

  @Override
  public Future<Optional<String>> whyNotIdMapped(Path directory) {
    return host.recorded(
        "mounts.whyNotIdMapped",
        directory.toString(),
        () -> Future.succeededFuture(Optional.empty()));
  }

  @Override
  public Future<Void> overlay(List<Path> layers, Shown shown, Path target) {
    return host.recorded(
        "mounts.overlay",
        target + " layers=" + layers + text(shown),
        () -> add(target, "overlay", "overlay"));
  }

  @Override
  public Future<Void> bindWithin(Path root, String inner, Path target) {
    return host.recorded(
        "mounts.bindWithin",
        root + " " + inner + " " + target,
        () -> add(target, "bind", root.resolve(inner).toString()));
  }

  @Override
  public Future<Mount> at(Path path) {
    return host.recorded(
        "mounts.at",
        path.toString(),
        () ->
            Future.succeededFuture(
                mounts.stream()
                    .filter(mount -> path.startsWith(mount.target()))
                    .reduce((_, last) -> last)
                    .orElse(new Mount(Path.of("/"), "ext4", "/dev/sda", "rw", List.of()))));
  }

  @Override
  public boolean recursiveAttributes() {
    return true;
  }

  @Override
  public Future<Void> tmpfs(Path target, Map<String, String> data) {
    var sorted = new TreeMap<>(data);
    return host.recorded(
        "mounts.tmpfs", target + " " + sorted, () -> add(target, "tmpfs", "tmpfs"));
  }

  @Override
  public Future<Void> bind(Path source, Path target, boolean recursive) {
    var parts = source + " " + target + (recursive ? " recursive" : "");
    return host.recorded("mounts.bind", parts, () -> add(target, "bind", source.toString()));
  }

  @Override
  public Future<Void> unmount(Path target) {
    return host.recorded(
        "mounts.unmount",
        target.toString(),
        () -> {
          mounts.removeIf(mount -> mount.target().equals(target));
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<List<Mount>> below(Path root) {
    return host.recorded(
        "mounts.below",
        root.toString(),
        () ->
            Future.succeededFuture(
                mounts.stream().filter(mount -> mount.target().startsWith(root)).toList()));
  }

  private Future<Void> add(Path target, String type, String source) {
    mounts.add(new Mount(target, type, source, "rw", List.of()));
    return Future.succeededFuture();
  }
}
