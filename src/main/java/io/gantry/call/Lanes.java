package io.gantry.call;

import io.vertx.core.Future;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * A {@link Lane} for each key, for as long as somebody is in it.
 *
 * @param <K> what names an object
 */
public final class Lanes<K> {
  private record Used(Lane lane, int inside) {
    Used entered() {
      return new Used(lane, inside + 1);
    }

    Used left() {
      return new Used(lane, inside - 1);
    }
  }

  private final ConcurrentMap<K, Used> lanes = new ConcurrentHashMap<>();

  /** Runs {@code transition} once all that entered the lane of {@code key} before it has ended. */
  public <T> Future<T> enter(K key, Supplier<Future<T>> transition) {
    var used =
        lanes.compute(key, (_, there) -> there == null ? new Used(new Lane(), 1) : there.entered());
    return used.lane.enter(transition).onComplete(_ -> leave(key));
  }

  private void leave(K key) {
    lanes.computeIfPresent(key, (_, there) -> there.inside == 1 ? null : there.left());
  }

  /** How many lanes are in use. */
  int size() {
    return lanes.size();
  }
}
