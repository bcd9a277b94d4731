package io.gantry.container;

import io.gantry.container.ContainerConfig.ImageSource;
import io.gantry.container.ContainerConfig.Volume;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.image.Held;
import io.gantry.image.Image;
import io.gantry.image.Images;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The images of one container, kept until it is on record and keeps them itself.
 *
 * @param root what it runs
 * @param volumes what is mounted in it, by the name it was asked for
 */
record HeldImages(Image root, Map<String, Image> volumes, List<Held> holds) {

  /** Fails with NOT_FOUND, holding nothing, if one is not here. */
  static HeldImages of(Images images, ContainerConfig config) {
    var holds = new ArrayList<Held>();
    try {
      var root = held(images, config.image(), "", holds);
      var volumes = new LinkedHashMap<String, Image>();
      for (var volume : config.mounts()) {
        volume
            .image()
            .map(ImageSource::name)
            .ifPresent(name -> volumes.put(name, held(images, name, Volumes.FAILED, holds)));
      }
      return new HeldImages(root, volumes, holds);
    } catch (RuntimeException missing) {
      holds.forEach(hold -> hold.letGo().run());
      throw missing;
    }
  }

  private static Image held(Images images, String name, String prefix, List<Held> holds) {
    var held =
        images
            .hold(name)
            .orElseThrow(
                () ->
                    RuntimeFault.notFound(
                        prefix + "image: " + name + " is not here (expected: pulled before)"));
    holds.add(held);
    return held.image();
  }

  void letGo() {
    holds.forEach(hold -> hold.letGo().run());
  }

  /** The layers of all of them. */
  List<Digest> layers() {
    return Stream.concat(Stream.of(root), volumes.values().stream())
        .flatMap(image -> image.layers().stream())
        .distinct()
        .toList();
  }

  /** The same, saying of each volume which image it is. */
  ContainerConfig resolved(ContainerConfig config) {
    return config.mounting(config.mounts().stream().map(this::resolved).toList());
  }

  private Volume resolved(Volume volume) {
    return volume
        .image()
        .map(
            source ->
                volume.of(
                    new ImageSource(
                        source.name(),
                        source.subPath(),
                        reference(volumes.getOrDefault(source.name(), root)))))
        .orElse(volume);
  }

  /** A reference of an image by digest; its id if it has none. */
  static String reference(Image image) {
    return image.digests().stream().findFirst().orElse(image.id().value());
  }
}
