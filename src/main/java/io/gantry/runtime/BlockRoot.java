package io.gantry.runtime;

/**
 * Roots are block devices rather than directories.
 *
 * @param spaceBytes that a container may write beside what its image has
 */
public record BlockRoot(long spaceBytes) {
  /** As much as the thin devices of others have, and it costs nothing until it is written. */
  public static final BlockRoot STANDARD = new BlockRoot(10L << 30);
}
