package io.gantry.cri;

import io.gantry.container.ContainerConfig.ImageSource;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.cri.proto.Mount;
import io.gantry.cri.proto.MountPropagation;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.IdMappings;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The CRI's words for a mount, turned into ours. */
final class MountRequests {
  /** What is said to the OCI runtime as it stands; nothing that says where from or how shared. */
  private static final Set<String> OPTIONS =
      Set.of(
          "noexec",
          "nosuid",
          "nodev",
          "noatime",
          "nodiratime",
          "relatime",
          "strictatime",
          "nosymfollow");

  private MountRequests() {}

  static Volume volume(Mount cri) {
    checkPaths(cri);
    checkRecursion(cri);
    return new Volume(
        cri.getContainerPath(),
        cri.getHostPath(),
        cri.getReadonly(),
        cri.getRecursiveReadOnly(),
        propagation(cri),
        image(cri),
        options(cri),
        owners(cri),
        cri.getSelinuxRelabel());
  }

  private static Optional<IdMappings> owners(Mount cri) {
    if (cri.getUidMappingsCount() + cri.getGidMappingsCount() == 0) {
      return Optional.empty();
    }
    if (cri.hasImage()) {
      throw refused(cri, "id mappings of an image", "those of a host path");
    }
    return Optional.of(UserNamespaces.mappings(cri.getUidMappingsList(), cri.getGidMappingsList()));
  }

  private static void checkPaths(Mount cri) {
    if (!cri.getContainerPath().startsWith("/")
        || (!cri.hasImage() && !cri.getHostPath().startsWith("/"))) {
      throw RuntimeFault.invalid(
          "mount: host path '%s', container path '%s' (expected: absolute paths)"
              .formatted(cri.getHostPath(), cri.getContainerPath()));
    }
    if (!cri.hasImage() && !cri.getImageSubPath().isEmpty()) {
      throw refused(cri, "an image sub path without an image", "an image too");
    }
  }

  private static void checkRecursion(Mount cri) {
    if (!cri.getRecursiveReadOnly()) {
      return;
    }
    if (!cri.getReadonly()) {
      throw refused(cri, "recursive read-only, but not read-only", "readonly too");
    }
    if (cri.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
      throw refused(cri, "recursive read-only with propagation", "PROPAGATION_PRIVATE");
    }
  }

  private static Optional<ImageSource> image(Mount cri) {
    if (!cri.hasImage()) {
      return Optional.empty();
    }
    var name = cri.getImage().getImage();
    if (name.isEmpty() || !cri.getHostPath().isEmpty() || !cri.getReadonly()) {
      throw RuntimeFault.invalid(
          "ImageVolumeMountFailed: mount at '%s': image '%s', host path '%s', readonly %s"
                  .formatted(cri.getContainerPath(), name, cri.getHostPath(), cri.getReadonly())
              + " (expected: an image, no host path, readonly)");
    }
    return Optional.of(new ImageSource(name, cri.getImageSubPath(), ""));
  }

  private static List<String> options(Mount cri) {
    for (var option : cri.getMountOptionsList()) {
      if (!OPTIONS.contains(option)) {
        throw refused(
            cri,
            "option '" + option + "'",
            "one of " + String.join(", ", OPTIONS.stream().sorted().toList()));
      }
    }
    return List.copyOf(cri.getMountOptionsList());
  }

  private static String propagation(Mount cri) {
    return switch (cri.getPropagation()) {
      case PROPAGATION_PRIVATE -> "rprivate";
      case PROPAGATION_HOST_TO_CONTAINER -> "rslave";
      case PROPAGATION_BIDIRECTIONAL -> "rshared";
      case UNRECOGNIZED ->
          throw Refusal.invalid("mount propagation", cri.getPropagationValue(), "0 to 2");
    };
  }

  private static RuntimeFault refused(Mount cri, String what, String expected) {
    return RuntimeFault.invalid(
        "mount at '" + cri.getContainerPath() + "': " + what + " (expected: " + expected + ")");
  }
}
