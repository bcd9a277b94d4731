package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Overlay mounts of many layers. Since Linux 6.8 each layer is an option of its own. Before, all
 * had to fit in the page that mount(2) takes: there they are named from a directory close by.
 */
final class Overlay {
  /**
   * What is mounted.
   *
   * @param users the user namespace with whose ids the layers are shown; their own ids if empty
   * @param label the SELinux label that all files are shown with; their own if empty
   * @param writable empty for one that can only be read
   */
  record Parts(
      List<Path> layers,
      Optional<Path> users,
      Optional<String> label,
      Optional<Writable> writable,
      Path target) {
    Parts {
      layers = List.copyOf(layers);
    }

    Parts(List<Path> layers, Optional<Path> users, Path upper, Path work, Path target) {
      this(layers, users, Optional.empty(), Optional.of(new Writable(upper, work)), target);
    }

    Parts labelled(Optional<String> label) {
      return new Parts(layers, users, label, writable, target);
    }

    /** Overlayfs wants two layers at least if there is no upper one: the target is an empty one. */
    static Parts readOnly(List<Path> layers, Optional<Path> users, Path target) {
      var enough =
          layers.size() == 1 ? Stream.concat(layers.stream(), Stream.of(target)) : layers.stream();
      return new Parts(enough.toList(), users, Optional.empty(), Optional.empty(), target);
    }

    /** The same overlay of layers that are id-mapped already. */
    Parts over(List<Path> mapped) {
      return new Parts(mapped, Optional.empty(), label, writable, target);
    }

    Stream<Path> all() {
      return Stream.concat(
          Stream.concat(layers.stream(), Stream.of(target)),
          writable.stream().flatMap(it -> Stream.of(it.upper, it.work)));
    }
  }

  /** Where writes go, and overlayfs's own directory beside it. */
  record Writable(Path upper, Path work) {}

  /** The kernel's own limit, whichever way the layers are named. */
  private static final int LAYERS_MAX = 500;

  private static final int MOUNT_DATA_BYTES_MAX = 4095;

  private final Pool pool;
  private final OwnThread apart;

  Overlay(Pool pool, OwnThread apart) {
    this.pool = pool;
    this.apart = apart;
  }

  Future<Void> mount(Parts parts) {
    return parts
        .users()
        .map(users -> mapped(parts, users))
        .orElseGet(() -> stack(parts, Attaching.AT_ONCE));
  }

  /** How the overlay comes to its place. */
  private enum Attaching {
    AT_ONCE,
    /** What the layers are read from is attached there, and is to go before. */
    IN_PLACE_OF_LAYERS
  }

  private Future<Void> stack(Parts parts, Attaching how) {
    return pool.run(() -> byOptions(parts, how))
        .compose(done -> done ? Future.succeededFuture() : byData(parts));
  }

  private Future<Void> mapped(Parts parts, Path users) {
    return idMapped(parts, users)
        .compose(
            seen ->
                stack(seen, Attaching.IN_PLACE_OF_LAYERS)
                    .recover(cause -> detached(parts.target(), cause)));
  }

  /**
   * One id-mapped view of the directory that all layers have in common does for all of them. It is
   * attached where the overlay will be, since an overlay takes only layers that are attached
   * somewhere (before Linux 6.15); the overlay keeps what it needs of it. Where options are not
   * taken one by one the view stays below the overlay, and goes with it.
   *
   * @return the same overlay of the layers in that view
   */
  Future<Parts> idMapped(Parts parts, Path users) {
    return pool.run(
        () -> {
          check(parts);
          var base = common(parts.layers());
          IdMappedTree.attach(base, users, parts.target());
          return parts.over(
              parts.layers().stream()
                  .map(layer -> parts.target().resolve(base.relativize(layer)))
                  .toList());
        });
  }

  private Future<Void> detached(Path target, Throwable cause) {
    return pool.act(() -> LinuxMounts.detachAll(target))
        .transform(done -> Future.failedFuture(RuntimeFault.of(cause).alongside(done.cause())));
  }

  /** Whether this kernel takes layers one by one; if it does not, nothing has happened. */
  private static boolean byOptions(Parts parts, Attaching how) throws IOException {
    check(parts);
    try (var overlay = NewMount.of("overlay")) {
      overlay.set("source", "overlay").set("index", "off");
      if (parts.label().isPresent()) {
        overlay.set("context", parts.label().get());
      }
      if (!addLayers(overlay, parts.layers())) {
        return false;
      }
      if (parts.writable().isPresent()) {
        setEscaped(overlay, "upperdir", parts.writable().get().upper());
        setEscaped(overlay, "workdir", parts.writable().get().work());
      }
      attach(overlay.detached("at " + parts.target()), parts.target(), how);
      return true;
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENOSYS)) { // fsopen came with Linux 5.2
        return false;
      }
      throw failure;
    }
  }

  private static void attach(int overlay, Path target, Attaching how) throws IOException {
    try {
      if (how == Attaching.IN_PLACE_OF_LAYERS) {
        LinuxMounts.detachAll(target);
      }
      NewMount.attach("overlay", overlay, target);
    } finally {
      Descriptors.close(overlay);
    }
  }

  /** Whether this kernel takes layers one by one. */
  static boolean addLayers(NewMount overlay, List<Path> layers) throws SyscallFailure {
    var first = true;
    for (var layer : layers) {
      try {
        add(overlay, layer);
      } catch (SyscallFailure failure) {
        if (first && failure.is(Errno.EINVAL)) {
          return false;
        }
        throw failure;
      }
      first = false;
    }
    return true;
  }

  /** A layer is taken as it is written: nothing in it is special. */
  private static void add(NewMount overlay, Path layer) throws SyscallFailure {
    set(overlay, "lowerdir+", layer, layer.toString());
  }

  private static void setEscaped(NewMount overlay, String key, Path path) throws SyscallFailure {
    set(overlay, key, path, path.toString().replace("\\", "\\\\"));
  }

  /**
   * The value of an option is short; a longer path is named by a descriptor, for as long as that.
   */
  private static void set(NewMount overlay, String key, Path path, String text)
      throws SyscallFailure {
    if (text.getBytes(StandardCharsets.UTF_8).length < NewMount.VALUE_BYTES_MAX) {
      overlay.set(key, text);
      return;
    }
    var descriptor = Descriptors.open(path, Descriptors.O_PATH);
    try {
      overlay.set(key, "/proc/self/fd/" + descriptor);
    } finally {
      Descriptors.close(descriptor);
    }
  }

  /** By mount(2), from a working directory that only this thread has. */
  Future<Void> byData(Parts parts) {
    return apart
        .run(
            () -> {
              check(parts);
              MountCalls.unshare(MountCalls.CLONE_FS);
              if (!byShortNames(parts)) {
                byDescriptors(parts);
              }
              return true;
            })
        .mapEmpty();
  }

  /** Named from the directory that all layers have in common, if that is short enough. */
  private static boolean byShortNames(Parts parts) throws IOException {
    var base = common(parts.layers());
    var names = parts.layers().stream().map(layer -> escaped(base.relativize(layer))).toList();
    var writable = parts.writable().stream().flatMap(Overlay::escaped).toList();
    var data = data(parts.label(), names, writable);
    if (data.getBytes(StandardCharsets.UTF_8).length > MOUNT_DATA_BYTES_MAX) {
      return false;
    }
    MountCalls.chdir(base);
    mount(parts.target(), data);
    return true;
  }

  static Path common(List<Path> layers) {
    var common = Path.of("/");
    for (var name : layers.getFirst()) {
      var deeper = common.resolve(name);
      if (!layers.stream().allMatch(layer -> layer.startsWith(deeper) && !layer.equals(deeper))) {
        break;
      }
      common = deeper;
    }
    return common;
  }

  /** Named by descriptors, the shortest names there are. */
  private static void byDescriptors(Parts parts) throws IOException {
    var open = new ArrayList<Integer>();
    try {
      for (var layer : parts.layers()) {
        open.add(Descriptors.open(layer, Descriptors.O_PATH));
      }
      if (parts.writable().isPresent()) {
        open.add(Descriptors.open(parts.writable().get().upper(), Descriptors.O_PATH));
        open.add(Descriptors.open(parts.writable().get().work(), Descriptors.O_PATH));
      }
      var names = open.stream().map(String::valueOf).toList();
      var count = parts.layers().size();
      MountCalls.chdir(Path.of("/proc/self/fd"));
      var writable = names.subList(count, names.size());
      mount(parts.target(), data(parts.label(), names.subList(0, count), writable));
    } finally {
      open.forEach(Descriptors::close);
    }
  }

  private static void mount(Path target, String data) throws SyscallFailure {
    MountCalls.mount("overlay", target.toString(), "overlay", 0, data);
  }

  /** {@code writable} is empty, or the upper directory and the one for overlayfs itself. */
  private static String data(Optional<String> label, List<String> layers, List<String> writable) {
    var reading =
        label.map(text -> context(text) + ",").orElse("")
            + "index=off,lowerdir="
            + String.join(":", layers);
    return writable.isEmpty()
        ? reading
        : reading + ",upperdir=" + writable.getFirst() + ",workdir=" + writable.getLast();
  }

  /** The option of mount(2) for an SELinux label, in which there may be commas. */
  static String context(String label) {
    if (label.indexOf('"') >= 0 || label.indexOf('\0') >= 0) {
      throw RuntimeFault.invalid("mount option: context=" + label + " (expected: a label)");
    }
    return "context=\"" + label + '"';
  }

  private static Stream<String> escaped(Writable writable) {
    return Stream.of(escaped(writable.upper()), escaped(writable.work()));
  }

  /** Colons part layers, commas part options, and a backslash takes both meanings away. */
  static String escaped(Path path) {
    return path.toString().replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:");
  }

  private static void check(Parts parts) {
    if (parts.layers().isEmpty() || parts.layers().size() > LAYERS_MAX) {
      throw RuntimeFault.invalid(
          "overlay: " + parts.layers().size() + " layers (expected: 1 to " + LAYERS_MAX + ")");
    }
    parts
        .all()
        .filter(path -> !path.isAbsolute())
        .findFirst()
        .ifPresent(
            path -> {
              throw RuntimeFault.invalid("overlay: " + path + " (expected: an absolute path)");
            });
  }
}
