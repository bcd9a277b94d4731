package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.host.MountTable.Line;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Mounts by system calls; overlays by {@link Overlay}. */
final class LinuxMounts implements Mounts {
  /** Nobody stacks as many; a target that never becomes free must not hold a thread for ever. */
  private static final int STACKED_MAX = 10_000;

  private static final String LABEL = "context";

  private final Pool pool;
  private final Overlay overlay;
  private final LayeredFiles files;
  private final Namespaces namespaces;

  LinuxMounts(Pool pool, OwnThread apart, Namespaces namespaces) {
    this.pool = pool;
    this.namespaces = namespaces;
    this.overlay = new Overlay(pool, apart);
    this.files = new LayeredFiles(pool, apart);
  }

  @Override
  public Future<Void> overlay(List<Path> layers, Shown shown, Path upper, Path work, Path target) {
    return overlay.mount(
        new Overlay.Parts(layers, shown.users(), upper, work, target).labelled(shown.label()));
  }

  @Override
  public Future<Optional<String>> whyNotIdMapped(Path directory) {
    return new IdMapTrial(pool, namespaces, this, directory).run();
  }

  @Override
  public Future<Void> overlay(List<Path> layers, Shown shown, Path target) {
    var users = shown.users();
    if (users.isPresent() && layers.size() == 1) { // there is nothing to lay over it
      return shown.label().isPresent()
          ? Future.failedFuture(
              RuntimeFault.precondition(
                  "mount "
                      + target
                      + ": a single layer with other users and an SELinux label"
                      + " (expected: an image of two layers, or a pod with the host's users)"))
          : pool.act(() -> IdMappedTree.attach(layers.getFirst(), users.get(), target));
    }
    return overlay.mount(Overlay.Parts.readOnly(layers, users, target).labelled(shown.label()));
  }

  @Override
  public Future<Map<String, Buffer>> read(List<Path> layers, List<String> paths, int bytesMax) {
    return files.read(layers, paths, bytesMax);
  }

  @Override
  public Future<Void> tmpfs(Path target, Map<String, String> data) {
    var flags = MountCalls.MS_NOSUID | MountCalls.MS_NODEV | MountCalls.MS_NOEXEC;
    return pool.act(
        () -> MountCalls.mount("tmpfs", target.toString(), "tmpfs", flags, joined(data)));
  }

  private static String joined(Map<String, String> data) {
    return data.entrySet().stream()
        .map(
            option ->
                option.getKey().equals(LABEL)
                    ? Overlay.context(option.getValue())
                    : plain(option.getKey() + "=" + option.getValue()))
        .collect(Collectors.joining(","));
  }

  private static String plain(String option) {
    if (option.indexOf(',') >= 0 || option.indexOf('\0') >= 0) {
      throw RuntimeFault.invalid("mount option: " + option + " (expected: one option)");
    }
    return option;
  }

  @Override
  public Future<Void> bind(Path source, Path target, boolean recursive) {
    var flags = MountCalls.MS_BIND | (recursive ? MountCalls.MS_REC : 0);
    return pool.act(
        () -> MountCalls.mount(source.toString(), target.toString(), null, flags, null));
  }

  @Override
  public Future<Void> bindWithin(Path root, String inner, Path target) {
    return pool.act(
        () -> {
          var directory = InRoot.directory(root, inner);
          try {
            MountCalls.mount(
                "/proc/self/fd/" + directory, target.toString(), null, MountCalls.MS_BIND, null);
          } finally {
            Descriptors.close(directory);
          }
        });
  }

  @Override
  public Future<Void> unmount(Path target) {
    return pool.act(() -> detachAll(target));
  }

  /** Detaches what is stacked at {@code target}, from the top. */
  static void detachAll(Path target) throws IOException {
    for (var left = STACKED_MAX; left > 0; left--) {
      try {
        MountCalls.detach(target);
      } catch (SyscallFailure failure) {
        if (failure.is(Errno.EINVAL) || failure.is(Errno.ENOENT)) { // no mount, or no such path
          return;
        }
        throw failure;
      }
    }
    throw RuntimeFault.unavailable("unmount " + target + ": mounted again and again", null);
  }

  @Override
  public Future<List<Mount>> below(Path root) {
    return pool.run(
        () ->
            MountTable.lines().stream()
                .map(Line::mount)
                .filter(mount -> mount.target().startsWith(root))
                .toList());
  }

  @Override
  public Future<Mount> at(Path path) {
    return pool.run(() -> MountTable.at(path));
  }

  @Override
  public boolean recursiveAttributes() {
    return MountCalls.hasSetattr();
  }
}
