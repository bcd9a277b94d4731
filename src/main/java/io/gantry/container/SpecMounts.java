package io.gantry.container;

import io.gantry.container.ContainerConfig.Volume;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.gantry.oci.RuntimeSpec;
import io.gantry.oci.RuntimeSpec.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * The mounts of a container in their order: those that every container has, then those that were
 * asked for, a directory before what lies in it. Pure.
 */
final class SpecMounts {
  private static final Path DEV = Path.of("/dev");

  private SpecMounts() {}

  /** What was asked for takes the place of what every container has. */
  static List<Mount> ordered(List<Mount> own, List<Mount> asked) {
    var wanted = new LinkedHashMap<Path, Mount>();
    asked.forEach(mount -> wanted.put(Volumes.normal(mount.destination()), mount));
    var all = new ArrayList<Mount>();
    for (var mount : own) {
      var path = Volumes.normal(mount.destination());
      var inDev = wanted.containsKey(DEV) && path.startsWith(DEV);
      if (!wanted.containsKey(path) && !inDev) {
        all.add(mount);
      }
    }
    wanted.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> entry.getKey().getNameCount()))
        .forEach(entry -> all.add(entry.getValue()));
    return List.copyOf(all);
  }

  /**
   * What the request and the image ask for.
   *
   * @param users those of the pod's own, to whom the image's volumes belong
   */
  static List<Mount> asked(ContainerConfig config, Volumes volumes, Optional<IdMappings> users) {
    var all = new ArrayList<Mount>();
    volumes
        .anonymous()
        .forEach(
            volume ->
                all.add(
                    bind(
                        volume.path(),
                        volume.directory().toString(),
                        List.of("rbind", "rprivate", "rw"),
                        users)));
    for (var i = 0; i < config.mounts().size(); i++) {
      var volume = config.mounts().get(i);
      var image = volumes.images().get(i);
      all.add(bind(volume, image == null ? volume.hostPath() : image.target().toString()));
    }
    return all;
  }

  private static Mount bind(Volume volume, String source) {
    var options = new ArrayList<>(List.of("rbind", volume.propagation()));
    options.add(volume.readonly() ? (volume.recursiveReadOnly() ? "rro" : "ro") : "rw");
    options.addAll(volume.options());
    return bind(volume.containerPath(), source, options, volume.owners());
  }

  private static Mount bind(
      String destination, String source, List<String> options, Optional<IdMappings> owners) {
    return owners
        .map(
            ids -> {
              var mapped = new ArrayList<>(options);
              mapped.add("ridmap");
              return new Mount(
                  destination, "bind", source, mapped, oci(ids.uids()), oci(ids.gids()));
            })
        .orElseGet(() -> new Mount(destination, "bind", source, options));
  }

  private static List<RuntimeSpec.IdMapping> oci(List<IdMapping> ranges) {
    return ranges.stream()
        .map(it -> new RuntimeSpec.IdMapping(it.containerId(), it.hostId(), it.length()))
        .toList();
  }
}
