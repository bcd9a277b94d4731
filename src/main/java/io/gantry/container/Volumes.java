package io.gantry.container;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ContainerId;
import io.gantry.image.Images;
import io.gantry.oci.ImageConfig;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a container's mounts need besides host paths: images to be mounted, and directories for the
 * volumes that its own image asks for. Pure.
 *
 * @param rootLayers of its own image, the topmost first
 * @param images by the place of their volume in the request
 * @param anonymous the volumes of its own image
 */
record Volumes(List<Path> rootLayers, Map<Integer, OfImage> images, List<Anonymous> anonymous) {
  /** Words that the kubelet looks for at the start of a message (cri-api, pkg/errors). */
  static final String FAILED = "ImageVolumeMountFailed: ";

  static final String RECURSIVE_UNSUPPORTED = "RROUnsupported: ";

  /** Nobody needs as many; each costs a mount. */
  private static final int ANONYMOUS_MAX = 128;

  /** File systems of the kernel's, which an image has no say in (CVE-2019-16884). */
  private static final List<Path> KERNELS =
      List.of(Path.of("/proc"), Path.of("/sys"), Path.of("/dev"));

  /**
   * An image to be mounted.
   *
   * @param target where; the host path of the volume
   */
  record OfImage(List<Path> layers, Path target, String subPath) {}

  /**
   * A directory of the container's own.
   *
   * @param path in the container
   * @param directory holds what the image has at that path
   */
  record Anonymous(String path, Path directory) {}

  static Volumes of(
      ContainerId id,
      ContainerConfig config,
      HeldImages held,
      Images images,
      ContainerPaths paths,
      Set<String> taken) {
    var mounted = new java.util.LinkedHashMap<Integer, OfImage>();
    for (var i = 0; i < config.mounts().size(); i++) {
      var source = config.mounts().get(i).image();
      if (source.isPresent()) {
        var image = held.volumes().getOrDefault(source.get().name(), held.root());
        mounted.put(
            i,
            new OfImage(
                images.layers(image),
                paths.volumes(id).resolve("volume-" + i),
                source.get().subPath()));
      }
    }
    return new Volumes(
        images.layers(held.root()),
        Map.copyOf(mounted),
        anonymous(held.root().config().execution(), config, paths.anonymous(id), taken));
  }

  /** Those that nothing else is mounted at. What an image says is hostile: it is checked. */
  private static List<Anonymous> anonymous(
      ImageConfig.Execution image, ContainerConfig config, Path directory, Set<String> taken) {
    var asked = image.volumes() == null ? Set.<String>of() : image.volumes().keySet();
    if (asked.size() > ANONYMOUS_MAX) {
      throw RuntimeFault.precondition(
          "image: " + asked.size() + " volumes (expected: " + ANONYMOUS_MAX + " at most)");
    }
    var requested =
        config.mounts().stream()
            .map(volume -> normal(volume.containerPath()))
            .collect(Collectors.toUnmodifiableSet());
    var paths = new TreeSet<Path>();
    for (var path : asked) {
      paths.add(checked(path));
    }
    var all = new ArrayList<Anonymous>();
    for (var path : paths) {
      if (!requested.contains(path) && !taken.contains(path.toString()) && !ofKernel(path)) {
        all.add(new Anonymous(path.toString(), directory.resolve(String.valueOf(all.size()))));
      }
    }
    return List.copyOf(all);
  }

  private static Path checked(String path) {
    try {
      var normal = normal(path);
      if (path.startsWith("/") && normal.getNameCount() > 0) {
        return normal;
      }
    } catch (InvalidPathException unspeakable) {
      // told below
    }
    throw RuntimeFault.precondition(
        "image volume: '" + path + "' (expected: an absolute path of a directory)");
  }

  static Path normal(String path) {
    return Path.of("/").resolve(path).normalize();
  }

  static boolean ofKernel(Path path) {
    return KERNELS.stream().anyMatch(path::startsWith);
  }
}
