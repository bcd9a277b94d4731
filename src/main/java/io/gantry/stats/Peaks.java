package io.gantry.stats;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The most that was seen of one container's numbers, where the kernel does not keep it. */
record Peaks(ConcurrentMap<String, Long> seen) {
  /** The peaks of all containers, by their ids. */
  static final class All {
    private final Map<String, Peaks> all = new ConcurrentHashMap<>();

    Peaks of(String id) {
      return all.computeIfAbsent(id, _ -> new Peaks(new ConcurrentHashMap<>()));
    }

    /** Forgets all but these. */
    void keep(Collection<String> ids) {
      all.keySet().retainAll(ids);
    }
  }

  /** The most of what was seen under this name, {@code now} among it. */
  long of(String name, long now) {
    return seen.merge(name, now, Math::max);
  }
}
