package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Files of stacked layers. A single layer is its own root; of several the kernel makes an overlay
 * that is mounted nowhere, or, before Linux 6.8, one that only a thread of its own sees.
 */
final class LayeredFiles {
  private static final long PAGE_BYTES = 4096;

  private final Pool pool;
  private final OwnThread apart;

  LayeredFiles(Pool pool, OwnThread apart) {
    this.pool = pool;
    this.apart = apart;
  }

  /** What is wanted of a root. */
  private record Wanted(List<String> paths, int bytesMax) {
    Map<String, Buffer> from(int root) throws IOException {
      var found = new HashMap<String, Buffer>();
      for (var path : paths) {
        content(root, path, bytesMax).ifPresent(content -> found.put(path, content));
      }
      return found;
    }
  }

  Future<Map<String, Buffer>> read(List<Path> layers, List<String> paths, int bytesMax) {
    var wanted = new Wanted(List.copyOf(paths), bytesMax);
    if (layers.size() == 1) {
      return pool.run(() -> alone(layers.getFirst(), wanted));
    }
    return pool.run(() -> detached(layers, wanted))
        .compose(
            read ->
                read.map(Future::succeededFuture)
                    .orElseGet(() -> apart.run(() -> hidden(layers, wanted))));
  }

  private static Map<String, Buffer> alone(Path layer, Wanted wanted) throws IOException {
    var root = Descriptors.open(layer, FileCalls.O_DIRECTORY);
    try {
      return wanted.from(root);
    } finally {
      Descriptors.close(root);
    }
  }

  /** Empty if this kernel does not take layers one by one. */
  private static Optional<Map<String, Buffer>> detached(List<Path> layers, Wanted wanted)
      throws IOException {
    try (var overlay = NewMount.of("overlay")) {
      overlay.set("source", "overlay").set("index", "off");
      if (!Overlay.addLayers(overlay, layers)) {
        return Optional.empty();
      }
      var root = overlay.detached("of layers");
      try {
        return Optional.of(wanted.from(root));
      } finally {
        Descriptors.close(root);
      }
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENOSYS)) { // fsopen came with Linux 5.2
        return Optional.empty();
      }
      throw failure;
    }
  }

  /** On a thread that ends, and with it its mount namespace. */
  static Map<String, Buffer> hidden(List<Path> layers, List<String> paths, int bytesMax)
      throws IOException {
    return hidden(layers, new Wanted(List.copyOf(paths), bytesMax));
  }

  private static Map<String, Buffer> hidden(List<Path> layers, Wanted wanted) throws IOException {
    MountCalls.unshare(MountCalls.CLONE_NEWNS | MountCalls.CLONE_FS);
    MountCalls.mount(null, "/", null, MountCalls.MS_REC | MountCalls.MS_PRIVATE, null);
    var target = layers.getFirst(); // any directory does: the overlay has opened it before
    stack(layers, target);
    return alone(target, wanted);
  }

  private static void stack(List<Path> layers, Path target) throws IOException {
    var base = Overlay.common(layers);
    var names = layers.stream().map(layer -> Overlay.escaped(base.relativize(layer))).toList();
    if (String.join(":", names).length() < PAGE_BYTES - "index=off,lowerdir=".length()) {
      MountCalls.chdir(base);
      mount(names, target);
      return;
    }
    var open = new ArrayList<Integer>();
    try {
      for (var layer : layers) {
        open.add(Descriptors.open(layer, Descriptors.O_PATH));
      }
      MountCalls.chdir(Path.of("/proc/self/fd"));
      mount(open.stream().map(String::valueOf).toList(), target);
    } finally {
      open.forEach(Descriptors::close);
    }
  }

  private static void mount(List<String> names, Path target) throws IOException {
    MountCalls.mount(
        "overlay",
        target.toString(),
        "overlay",
        0,
        "index=off,lowerdir=" + String.join(":", names));
  }

  private static Optional<Buffer> content(int root, String path, int bytesMax) throws IOException {
    int file;
    try {
      file = FileCalls.openInRoot(root, path, 0);
    } catch (SyscallFailure failure) {
      if (failure.is(Errno.ENOENT) || failure.is(Errno.ENOTDIR)) {
        return Optional.empty();
      }
      if (failure.is(Errno.ELOOP)) {
        throw wrong(path, "links without an end", bytesMax);
      }
      throw failure;
    }
    try {
      var status = FileCalls.status(file);
      if (status.isWhiteout()) { // in the lowest layer: it hides nothing, and is nothing
        return Optional.empty();
      }
      if (!status.isRegular()) {
        throw wrong(path, "not a regular file", bytesMax);
      }
      return Optional.of(bytes(file, path, bytesMax));
    } finally {
      Descriptors.close(file);
    }
  }

  private static Buffer bytes(int file, String path, int bytesMax) throws IOException {
    try (var in = Files.newInputStream(Path.of("/proc/self/fd/" + file))) {
      var bytes = in.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw wrong(path, "too large", bytesMax);
      }
      return Buffer.buffer(bytes);
    }
  }

  private static RuntimeFault wrong(String path, String what, int bytesMax) {
    return RuntimeFault.precondition(
        "/"
            + path
            + " of the image: "
            + what
            + " (expected: a file of at most "
            + bytesMax
            + " bytes)");
  }
}
