package io.gantry.image;

import io.gantry.ids.Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which layers are here, and which of them pulls under way need. Looking and taking away exclude
 * each other, so that no pull counts on a layer that is about to go. Never blocks for long.
 */
final class Shelf {
  private final Map<Digest, Layer> layers = new HashMap<>();
  private final Map<Digest, Integer> pins = new HashMap<>();

  synchronized Optional<Layer> find(Digest diffId) {
    return Optional.ofNullable(layers.get(diffId));
  }

  /** The layer, if {@code blob} was seen to unpack to it on this node. */
  synchronized Optional<Layer> verified(Digest diffId, Digest blob) {
    return find(diffId).filter(layer -> layer.blobs().contains(blob));
  }

  synchronized List<Layer> all() {
    return List.copyOf(layers.values());
  }

  synchronized Layer add(Layer layer) {
    return layers.merge(layer.diffId(), layer, (old, fresh) -> old.alsoFrom(fresh.blobs()));
  }

  /** Keeps layers from being taken, those that are here and those to come. */
  synchronized void pin(Collection<Digest> diffIds) {
    diffIds.forEach(diffId -> pins.merge(diffId, 1, Integer::sum));
  }

  /** Keeps layers from being taken if all of them are here. */
  synchronized boolean pinPresent(Collection<Digest> diffIds) {
    if (!layers.keySet().containsAll(diffIds)) {
      return false;
    }
    pin(diffIds);
    return true;
  }

  synchronized void unpin(Collection<Digest> diffIds) {
    diffIds.forEach(
        diffId -> pins.computeIfPresent(diffId, (_, count) -> count == 1 ? null : count - 1));
  }

  /**
   * Takes what is neither needed nor pinned. From now on it is not here. {@code needs} is asked
   * while no pin can go: whoever needed a layer before letting go of its pin is heard.
   */
  synchronized List<Layer> takeAllBut(Supplier<Set<Digest>> needs) {
    var needed = needs.get();
    var taken = new ArrayList<Layer>();
    for (var layer : all()) {
      if (!needed.contains(layer.diffId()) && !pins.containsKey(layer.diffId())) {
        layers.remove(layer.diffId());
        taken.add(layer);
      }
    }
    return taken;
  }

  synchronized void putBack(Collection<Layer> taken) {
    taken.forEach(this::add);
  }
}
