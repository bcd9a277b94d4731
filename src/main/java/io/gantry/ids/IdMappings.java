package io.gantry.ids;

import io.gantry.errors.RuntimeFault;
import java.util.List;

/** The ids of a user namespace: which users and groups of the host stand behind them. */
public record IdMappings(List<IdMapping> uids, List<IdMapping> gids) {
  public IdMappings {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
    if (uids.isEmpty() || gids.isEmpty()) {
      throw RuntimeFault.invalid(
          "id mappings: users %s, groups %s (expected: some of both)".formatted(uids, gids));
    }
  }

  /** The user of the host who is root in there; whoever makes files for it needs this id. */
  public int rootUid() {
    return hostId(uids);
  }

  public int rootGid() {
    return hostId(gids);
  }

  public boolean hasGroup(long id) {
    return gids.stream().anyMatch(range -> range.holds(id));
  }

  /** As the kernel's unsigned number in Java's signed one. */
  private static int hostId(List<IdMapping> ranges) {
    return (int)
        ranges.stream()
            .filter(range -> range.holds(0))
            .mapToLong(range -> range.hostId() - range.containerId())
            .findFirst()
            .orElseThrow(
                () ->
                    RuntimeFault.invalid(
                        "id mappings: " + ranges + " (expected: one that has id 0)"));
  }
}
