package io.gantry.ids;

import io.gantry.errors.RuntimeFault;

/**
 * A range of user or group ids: what they are in a user namespace, and what they are on the host.
 *
 * @param length how many there are, 1 at least
 */
public record IdMapping(long containerId, long hostId, long length) {
  /** The kernel's ids have 32 bits, and the highest means nobody. */
  private static final long ID_MAX = 0xffff_fffeL;

  public IdMapping {
    if (containerId < 0
        || hostId < 0
        || length < 1
        || containerId + length - 1 > ID_MAX
        || hostId + length - 1 > ID_MAX) {
      throw RuntimeFault.invalid(
          "id mapping: %d %d %d (expected: a range of ids from 0 to %d, on both sides)"
              .formatted(containerId, hostId, length, ID_MAX));
    }
  }

  boolean holds(long id) {
    return id >= containerId && id < containerId + length;
  }

  /** As the kernel reads it in {@code /proc/‹pid›/uid_map}. */
  @Override
  public String toString() {
    return containerId + " " + hostId + " " + length;
  }
}
