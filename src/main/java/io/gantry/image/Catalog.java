package io.gantry.image;

import io.gantry.errors.RuntimeFault;
import io.gantry.ids.Digest;
import io.gantry.ids.ImageRef;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** All images at one moment, by id and by name. Immutable. */
final class Catalog {
  static final Catalog EMPTY = new Catalog(Map.of());

  /** Shorter ones might be names of images that are not here. */
  private static final Pattern ID_PREFIX = Pattern.compile("(?:sha256:)?([0-9a-f]{4,64})");

  private final Map<Digest, Image> images;
  private final Map<String, Image> named = new HashMap<>();
  private final List<Image> list;

  private Catalog(Map<Digest, Image> images) {
    this.images = images;
    this.list =
        images.values().stream()
            .sorted(
                Comparator.comparing(Image::pulledAt).thenComparing(image -> image.id().value()))
            .toList();
    for (var image : list) {
      image.tags().forEach(tag -> named.put(tag, image));
      image.digests().forEach(digest -> named.put(digest, image));
    }
  }

  static Catalog of(Collection<Image> images) {
    return EMPTY.with(images);
  }

  List<Image> list() {
    return list;
  }

  Optional<Image> get(Digest id) {
    return Optional.ofNullable(images.get(id));
  }

  /** By a name first: some names look like the beginning of an id. */
  Optional<Image> find(String idOrReference) {
    return byReference(idOrReference).or(() -> byId(idOrReference));
  }

  private Optional<Image> byReference(String text) {
    try {
      var reference = ImageRef.parse(text);
      var name = reference.digest().map(reference::at).or(reference::tagged).orElseThrow();
      return Optional.ofNullable(named.get(name));
    } catch (RuntimeFault _) {
      return Optional.empty(); // an id, perhaps
    }
  }

  private Optional<Image> byId(String text) {
    var form = ID_PREFIX.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    var found =
        list.stream().filter(image -> image.id().hex().startsWith(form.group(1))).limit(2).toList();
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  /** The image that has this full name now. */
  Optional<Image> holder(String name) {
    return Optional.ofNullable(named.get(name));
  }

  Set<Digest> layers() {
    var layers = new HashSet<Digest>();
    list.forEach(image -> layers.addAll(image.layers()));
    return layers;
  }

  Catalog with(Collection<Image> changed) {
    var next = new HashMap<>(images);
    changed.forEach(image -> next.put(image.id(), image));
    return new Catalog(next);
  }

  Catalog without(Digest id) {
    var next = new HashMap<>(images);
    next.remove(id);
    return new Catalog(next);
  }
}
